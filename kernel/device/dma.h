// Memory that devices reach: whole frames, physically contiguous, freed by its owner's end.
#pragma once

#include <cstddef>
#include <expected>
#include <span>

#include "kernel/abi/error.h"
#include "kernel/base/address.h"

namespace device {

/// Owns zeroed frames. A device must be done with them, or reset, before this ends.
class DmaMemory {
public:
    DmaMemory() = default;
    /// At least `size` bytes, page-aligned. Error::out_of_memory.
    static std::expected<DmaMemory, abi::Error> allocate(std::size_t size);

    DmaMemory(DmaMemory&& other) noexcept;
    DmaMemory& operator=(DmaMemory&& other) noexcept;
    DmaMemory(const DmaMemory&) = delete;
    DmaMemory& operator=(const DmaMemory&) = delete;
    ~DmaMemory();

    base::PhysicalAddress physical() const { return physical_; }

    std::span<std::byte> bytes() const { return bytes_; }

private:
    base::PhysicalAddress physical_{};
    std::span<std::byte> bytes_{};
};

/// Makes device registers reachable that firmware did not list as such (a PCI device's BAR), at their place
/// in the direct map. Harmless when they are reachable already.
std::expected<base::VirtualAddress, abi::Error> map_registers(base::PhysicalRange range);

} // namespace device
