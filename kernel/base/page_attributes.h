// What may be done with a page, in words that no machine owns.
#pragma once

namespace base {

/// Attributes of a mapping. Everything mapped can be read; what is both writable and executable is refused by
/// the page table.
struct PageAttributes {
    bool writable = false;
    bool executable = false;
    bool user = false;   ///< Reachable from user mode (and then never executable for the kernel).
    bool global = false; ///< The same in all address spaces.
    bool device = false; ///< Registers: no caching, no speculation, no merging of accesses.

    constexpr bool operator==(const PageAttributes&) const = default;
};

} // namespace base
