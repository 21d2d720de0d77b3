// Looks addresses up in the symbol table that the kernel's second link added to it.
#include "kernel/trace/symbols.h"

#include <algorithm>
#include <span>

#include "hal/image.h"

namespace {

struct Entry {
    std::uint64_t address;
    std::uint64_t name; ///< Offset into kernel_symbol_names.
};

} // namespace

extern "C" const Entry kernel_symbols[], kernel_symbols_end[];
extern "C" const char kernel_symbol_names[];

namespace trace {

Symbol find_symbol(std::uintptr_t address) {
    const auto in_text = [](std::uintptr_t candidate) {
        return candidate >= reinterpret_cast<std::uintptr_t>(kernel_text_start) &&
               candidate < reinterpret_cast<std::uintptr_t>(kernel_text_end);
    };
    const std::span entries(kernel_symbols, kernel_symbols_end);
    const auto behind = std::ranges::upper_bound(entries, address, {}, &Entry::address);
    if (!in_text(address) || behind == entries.begin()) return {};
    const Entry& entry = *(behind - 1);
    return {kernel_symbol_names + entry.name, address - entry.address};
}

} // namespace trace
