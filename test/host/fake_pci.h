// PCI functions made of values: configuration space whose read-only bits do not change, so that BARs can be
// sized. What lies behind BARs is RAM of the fake machine.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "driver/pci/pci.h"
#include "test/host/fake_ring.h"

namespace fake {

/// One function's configuration space, from the device's side.
class PciFunction {
public:
    PciFunction(std::uint16_t vendor, std::uint16_t device_id);

    template <class T>
    T get(std::uint16_t offset) const {
        return static_cast<T>(read(offset, sizeof(T)));
    }

    /// Makes these bits what they are; the driver cannot change them unless they are made writable.
    template <class T>
    PciFunction& set(std::uint16_t offset, T value) {
        return put(offset, sizeof(T), value, bytes_);
    }

    template <class T>
    PciFunction& make_writable(std::uint16_t offset, T mask) {
        return put(offset, sizeof(T), mask, writable_);
    }

    /// BARs of `size` bytes, as PCI has them: only bits above the size can be written.
    PciFunction& bar32(unsigned index, std::uint32_t size, std::uint32_t address = 0);
    PciFunction& bar64(unsigned index, std::uint64_t size, bool prefetchable = true);
    PciFunction& io_bar(unsigned index, std::uint32_t address);

    /// Makes it a bridge to that bus.
    PciFunction& bridge(std::uint8_t secondary_bus);

    /// Adds a capability at `offset` in front of those that are there, and the rest of it as 32-bit words.
    PciFunction& capability(std::uint8_t offset, std::uint8_t id, std::uint16_t rest,
                            std::initializer_list<std::uint32_t> words = {});

    std::uint32_t read(std::uint16_t offset, unsigned bytes) const;
    void write(std::uint16_t offset, unsigned bytes, std::uint32_t value);

private:
    using Bytes = std::array<std::uint8_t, 4096>;
    PciFunction& put(std::uint16_t offset, unsigned bytes, std::uint64_t value, Bytes& where);

    Bytes bytes_{};
    Bytes writable_{};
};

/// A host bridge with two windows, of 64 KiB each, and what is plugged in. One at a time.
class PciMachine {
public:
    static constexpr base::PhysicalRange window32{{0x80f0'0000}, 64 << 10};
    static constexpr base::PhysicalRange window64{{0x80f8'0000}, 64 << 10};

    PciMachine();
    ~PciMachine();

    hal::PciHost& host() { return host_; }

    PciFunction& plug(std::uint8_t bus, std::uint8_t device, std::uint8_t function, std::uint16_t vendor,
                      std::uint16_t device_id);

    /// As the driver sees it.
    driver::pci::Function at(std::uint8_t bus, std::uint8_t device, std::uint8_t function) const {
        return {host_, bus, device, function};
    }

private:
    DmaMachine memory_;
    hal::PciHost host_{.configuration = {{0x80a0'0000}, 4 << 20}, .first_bus = 0, .last_bus = 3};
};

/// Who asked for message interrupts, and how many more there are.
std::vector<std::uint32_t>& message_requesters();
void limit_messages(std::size_t count);

} // namespace fake
