// Whether this is a debug build, as `make DEBUG=1` makes it: costly checks of memory are on.
#pragma once

namespace memory {

inline constexpr bool debug_build = TRIVIUM_DEBUG;

} // namespace memory
