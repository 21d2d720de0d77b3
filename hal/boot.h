// What a platform finds out at boot and hands to the kernel: one BootInfo, whether a device tree or ACPI told
// it.
//
//     firmware -> boot.S -> entry.cpp: hello, traps, discover() -> kernel_main(boot_info)
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "kernel/base/address.h"
#include "kernel/base/format.h"
#include "kernel/base/static_vector.h"
#include "kernel/base/text.h"

namespace hal {

using base::PhysicalAddress;
using base::PhysicalRange;

/// The number by which the interrupt controller knows a source (GIC: INTID, PLIC: source, IOAPIC: global
/// interrupt).
struct InterruptLine {
    std::uint32_t number = 0;
    bool edge_triggered = false;
    bool active_low = false;

    constexpr bool operator==(const InterruptLine& other) const { return number == other.number; }
};

/// One device that firmware told of. Text is copied, for firmware's own tables may be overwritten later.
struct Device {
    base::Text<40> name;       ///< The device-tree node's name, or the ACPI table's word for it.
    base::Text<48> compatible; ///< The first `compatible` string, or what kind of device ACPI says it is.
    base::StaticVector<PhysicalRange, 4> registers; ///< Where its registers are, as seen by the CPU.
    base::StaticVector<InterruptLine, 4> interrupts;
    std::int32_t node = -1; ///< The platform's own word for the place in firmware's tables that told of it.
};

/// Physical addresses that a PCI host bridge passes on to its bus, and what they are called there.
struct PciWindow {
    PhysicalRange range{};
    std::uint64_t bus_address = 0;
    bool prefetchable = false;
    bool is_64_bit = false;
};

/// To which line a bridge routes an INTx pin (1 to 4) of a device on its first bus.
struct PciRoute {
    std::uint8_t device = 0;
    std::uint8_t pin = 0;
    InterruptLine line{};
};

/// A PCI Express host bridge whose configuration space lies in memory (PCI Express 5.0, 7.2.2: ECAM).
struct PciHost {
    PhysicalRange configuration{};
    std::uint8_t first_bus = 0;
    std::uint8_t last_bus = 0;
    base::StaticVector<PciWindow, 4> windows; ///< Empty where firmware has assigned all addresses already.
    base::StaticVector<PciRoute, 128>
        routes; ///< Empty where firmware wrote them into the devices (interrupt line register).
};

struct Cpu {
    std::uint64_t hardware_id = 0; ///< MPIDR affinity, hart id or local APIC id.
    bool is_boot_cpu = false;
};

enum class ReservedFor { kernel, firmware, device_tree, initrd };

constexpr std::string_view name(ReservedFor reason) {
    switch (reason) {
    case ReservedFor::kernel: return "kernel";
    case ReservedFor::firmware: return "firmware";
    case ReservedFor::device_tree: return "device tree";
    case ReservedFor::initrd: return "initrd";
    }
    return "?";
}

struct Reserved {
    PhysicalRange range{};
    ReservedFor reason = ReservedFor::firmware;
};

/// Everything the kernel knows of the machine before it has touched a device. Plain values, no pointers but
/// those into memory that is listed as reserved.
struct BootInfo {
    base::Text<64> machine;                       ///< What firmware calls the machine.
    base::StaticVector<PhysicalRange, 64> memory; ///< RAM, sorted, without overlap.
    base::StaticVector<Reserved, 64> reserved;    ///< Parts of it that hold something already; may overlap.
    base::StaticVector<Cpu, 64> cpus;             ///< CPUs that can be used.
    base::StaticVector<Device, 256> devices;      ///< In the order in which firmware lists them.
    base::StaticVector<PciHost, 2> pci_hosts;
    std::uint32_t omitted = 0;    ///< Entries that found no room in the lists above, or made no sense.
    PhysicalRange initrd{};       ///< Empty when none was given.
    base::Text<512> command_line; ///< What `make run APPEND=…` handed over.
    PhysicalRange early_window{}; ///< Physical memory that boot.S has mapped at the direct map's place.

    /// All RAM, in bytes.
    constexpr std::uint64_t memory_size() const {
        std::uint64_t total = 0;
        for (const PhysicalRange& range : memory) total += range.size;
        return total;
    }

    /// Whether there is RAM all over the range.
    constexpr bool has_memory(const PhysicalRange& wanted) const {
        for (const PhysicalRange& range : memory)
            if (range.contains(wanted)) return true;
        return false;
    }
};

/// The first device whose `compatible` is that, or null.
constexpr const Device* find_device(const BootInfo& boot_info, std::string_view compatible) {
    for (const Device& device : boot_info.devices)
        if (device.compatible.view() == compatible) return &device;
    return nullptr;
}

/// Why a device tree or ACPI table was refused: what is wrong, and where.
struct DiscoveryFault {
    abi::Error error = abi::Error::corrupt;
    base::Text<160> detail;
};

using Discovered = std::expected<void, DiscoveryFault>;

/// Prints what firmware described in full: each node and property of the device tree, or each ACPI table.
void print_firmware_tree(base::Sink sink);

} // namespace hal

/// The kernel, the same on all platforms. Called once by entry.cpp, on the boot CPU and its kernel stack,
/// with interrupts masked and traps installed. `boot_info` must stay valid for ever.
[[noreturn]] void kernel_main(const hal::BootInfo& boot_info);
