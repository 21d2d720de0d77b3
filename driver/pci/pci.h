// PCI Express: functions found by looking at every place on the bus, and what a driver needs of one (PCI
// Express Base 5.0, 7.5).
//
//     host bridge ─ bus 0 ─┬─ device 1, functions 0 … 7     each with 4 KiB of configuration space, and up to
//                          └─ bridge ─ bus 1 ─ …            six BARs: memory that the function answers to
//
// Where firmware has given the BARs their addresses, as PCs' does, they are left as they are; elsewhere each
// gets one from the host's windows when it is first asked for.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "hal/boot.h"
#include "kernel/abi/error.h"
#include "kernel/device/interrupts.h"

namespace driver::pci {

using abi::Error;

/// One function of a device on the bus, reached through its 4 KiB of configuration space. Cheap to copy; the
/// host must outlive it.
class Function {
public:
    Function(const hal::PciHost& host, std::uint8_t bus, std::uint8_t device, std::uint8_t function);

    /// 0xffff where there is none.
    std::uint16_t vendor() const;
    std::uint16_t device_id() const;
    base::Text<16> place() const; ///< "pci 00:02.0"

    /// Configuration space, by 1, 2 or 4 bytes.
    template <class T>
    T read(std::uint16_t offset) const {
        return static_cast<T>(read_bytes(offset, sizeof(T)));
    }

    template <class T>
    void write(std::uint16_t offset, T value) const {
        write_bytes(offset, sizeof(T), value);
    }

    /// The offset of the first capability of that kind behind the one at `after`.
    std::optional<std::uint16_t> find_capability(std::uint8_t id, std::uint16_t after = 0) const;

    /// Where a memory BAR lies, assigned from the host's windows when firmware has not done so, and made
    /// reachable. Error::not_found for a BAR that is absent or of I/O ports, Error::out_of_memory when the
    /// windows are full.
    std::expected<base::PhysicalRange, Error> map_bar(unsigned index) const;

    /// Lets the device answer to memory accesses and use DMA. After its BARs were mapped.
    void enable() const;

    /// The line of the function's INTx pin; Error::not_found when it has none or nobody says where it leads.
    /// Others may have the same: see share_line.
    std::expected<hal::InterruptLine, Error> legacy_interrupt() const;

    /// Sets entry `vector` of the function's MSI-X table to a message interrupt of its own and turns MSI-X
    /// on; its pin is silent from then on. After enable(). Error::unsupported when the device or the
    /// interrupt controller has no such thing, Error::corrupt when the device's table is not where it says.
    std::expected<hal::InterruptLine, Error> enable_message_interrupt(std::uint16_t vector) const;

private:
    std::uint32_t read_bytes(std::uint16_t offset, unsigned bytes) const;
    void write_bytes(std::uint16_t offset, unsigned bytes, std::uint32_t value) const;
    std::uint32_t requester() const;

    std::uintptr_t configuration_ = 0;
    const hal::PciHost* host_ = nullptr;
    std::uint8_t bus_ = 0;
    std::uint8_t device_ = 0;
    std::uint8_t function_ = 0;
};

/// Calls `visit(function)` for each function of a host bridge that is there, in the order of the bus; behind
/// bridges as far as firmware has numbered their buses.
void for_each_function(const hal::PciHost& host, void (*visit)(const Function& function, void* context),
                       void* context);

/// Forgets what BARs were given out of all windows: for tests, which have several machines one after the
/// other.
void forget_places();

/// device::attach for the lines of INTx pins, which are shared: calls all handlers of a line. Each must find
/// out whether its own device has interrupted, and quiet it.
std::expected<void, Error> share_line(hal::InterruptLine line, device::InterruptHandler handler,
                                      void* context);

} // namespace driver::pci
