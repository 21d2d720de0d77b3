// How device-tree code says what is wrong with a tree.
#pragma once

#include <expected>

#include "hal/boot.h"

namespace platform {

/// A fault of that kind, ready to be returned; the pattern is the message behind "device tree: ".
template <class... Arguments>
std::unexpected<hal::DiscoveryFault> tree_fault(abi::Error error, base::FormatString<Arguments...> pattern,
                                                const Arguments&... arguments) {
    hal::DiscoveryFault fault{error, "device tree: "};
    base::format(fault.detail.sink(), pattern, arguments...);
    return std::unexpected(fault);
}

} // namespace platform
