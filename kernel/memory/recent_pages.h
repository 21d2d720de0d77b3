// Where pages of a space that were looked up lately are: the kernel's own memory of translations, beside the
// CPU's. A few words of a program's are then reached without going down the page table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hal/mmu.h"
#include "kernel/base/address.h"

namespace memory {

class RecentPages {
public:
    /// The byte behind a user address, in the direct map; null unless its page is remembered and, where that
    /// is asked for, writable.
    std::byte* find(base::VirtualAddress address, bool to_write) const {
        const Entry& entry = entries_[index(address)];
        const std::uint64_t offset = address.value % base::page_size;
        if (entry.page.value != address.value - offset || (to_write && !entry.writable)) return nullptr;
        return entry.bytes + offset;
    }

    /// Remembers where the page of `address` is: there, `place` is the same byte.
    void remember(base::VirtualAddress address, base::PhysicalAddress place, bool writable) {
        entries_[index(address)] = {address.aligned_down(base::page_size),
                                    hal::direct<std::byte>(place.aligned_down(base::page_size)), writable};
    }

    /// Pages have been taken away, or may be used otherwise.
    void forget() { entries_ = {}; }

private:
    struct Entry {
        base::VirtualAddress page{1}; ///< Where none begins: nothing is remembered.
        std::byte* bytes = nullptr;
        bool writable = false;
    };

    static constexpr std::size_t count = 8;

    static std::size_t index(base::VirtualAddress address) {
        return (address.value >> base::page_shift) % count;
    }

    std::array<Entry, count> entries_{};
};

} // namespace memory
