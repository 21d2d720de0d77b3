/* libfdt includes <stdlib.h> for its overlays alone, which the kernel leaves out. */
#pragma once
