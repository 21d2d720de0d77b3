// Registers that a BAR leads to: each access is made as written, once, and in its own width.
#pragma once

#include <cstdint>

#include "kernel/base/address.h"

namespace driver::pci {

/// Part of a function's memory, mapped. Whoever accesses it keeps offsets below size().
class Registers {
public:
    constexpr Registers() = default;

    constexpr Registers(base::VirtualAddress start, std::uint64_t size) : start_(start), size_(size) {}

    std::uint64_t size() const { return size_; }

    /// Whether `bytes` bytes from `offset` on are part of it.
    bool has(std::uint64_t offset, std::uint64_t bytes) const {
        return offset <= size_ && bytes <= size_ - offset;
    }

    template <class T>
    T read(std::uint64_t offset) const {
        return *reinterpret_cast<const volatile T*>(start_.value + offset);
    }

    template <class T>
    void write(std::uint64_t offset, T value) const {
        *reinterpret_cast<volatile T*>(start_.value + offset) = value;
    }

private:
    base::VirtualAddress start_{};
    std::uint64_t size_ = 0;
};

} // namespace driver::pci
