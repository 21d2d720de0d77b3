// What may fail gives back a Result: a value, or the kernel's error.
#pragma once

#include <expected>

#include "kernel/abi/error.h"

namespace trivium {

using abi::Error;

template <class T>
using Result = std::expected<T, Error>;

} // namespace trivium
