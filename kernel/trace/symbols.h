// From an address in the kernel to the function that it lies in.
#pragma once

#include <cstdint>
#include <string_view>

namespace trace {

struct Symbol {
    std::string_view name; ///< Empty when the address is not in the kernel's text.
    std::uint64_t offset = 0;
};

/// The function that holds `address`, from the table that tools/symbols.py made of the first link.
Symbol find_symbol(std::uintptr_t address);

} // namespace trace
