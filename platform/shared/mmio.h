// Device registers in memory: each access is made as written, once, in order, and in its own width.
#pragma once

#include <cstdint>

#include "hal/mmu.h"

namespace platform {

/// The registers of one device, reached through the direct map; offsets are those of the device's manual.
class RegisterBlock {
public:
    constexpr RegisterBlock() = default;

    explicit RegisterBlock(base::PhysicalAddress start) : start_(hal::to_virtual(start).value) {}

    template <class T>
    T read(std::uint64_t offset) const {
        return *reinterpret_cast<const volatile T*>(start_ + offset);
    }

    template <class T>
    void write(std::uint64_t offset, T value) const {
        *reinterpret_cast<volatile T*>(start_ + offset) = value;
    }

    std::uint32_t read32(std::uint64_t offset) const { return read<std::uint32_t>(offset); }

    void write32(std::uint64_t offset, std::uint32_t value) const { write(offset, value); }

private:
    std::uintptr_t start_ = 0;
};

} // namespace platform
