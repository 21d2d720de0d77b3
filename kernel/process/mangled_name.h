// What a C++ function is called, read from the name that the compiler gave it.
#pragma once

#include <string_view>

#include "kernel/base/text.h"

namespace process {

/// The qualified name, without parameters and template arguments (`_ZN5shell4JobsD1Ev`: `shell::Jobs`); the
/// name as it is where it is none of C++, or of a kind that has no name of its own, like an operator.
/// (Itanium C++ ABI, 5.1.2.)
base::Text<64> readable_name(std::string_view mangled);

} // namespace process
