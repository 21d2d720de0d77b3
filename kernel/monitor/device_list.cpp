// Prints what discovery found: one line a device, further registers below it.
#include "kernel/monitor/device_list.h"

#include "kernel/device/driver.h"

namespace monitor {
namespace {

void print_range(const base::PhysicalRange& range, base::Sink sink) {
    base::format(sink, "  {:#012x} {:>#11x}", range.start.value, range.size);
}

void print_interrupts(const hal::Device& device, base::Sink sink) {
    for (std::size_t i = 0; i < device.interrupts.size(); ++i)
        base::format(sink, "{}{}", i == 0 ? "  irq " : ", ", device.interrupts[i].number);
}

void print_device(const hal::Device& device, base::Sink sink) {
    base::format(sink, "  {:<24} {:<24}", device.name, device.compatible);
    if (device.registers.empty()) base::format(sink, "{:>26}", "");
    for (std::size_t i = 0; i < device.registers.size(); ++i) {
        if (i > 0) base::format(sink, "\n  {:<49}", "");
        print_range(device.registers[i], sink);
        if (i == 0) print_interrupts(device, sink);
    }
    if (device.registers.empty()) print_interrupts(device, sink);
    base::format(sink, "\n");
}

} // namespace

void print_devices(const hal::BootInfo& boot_info, base::Sink sink) {
    base::format(sink, "machine: {}\n", boot_info.machine);
    for (const hal::Cpu& cpu : boot_info.cpus)
        base::format(sink, "  cpu {:#x}{}\n", cpu.hardware_id, cpu.is_boot_cpu ? " (this one)" : "");
    base::format(sink, "devices: {}\n", boot_info.devices.size());
    for (const hal::Device& device : boot_info.devices) print_device(device, sink);
    if (boot_info.omitted > 0) base::format(sink, "({} more found no room)\n", boot_info.omitted);
    base::format(sink, "drivers:\n");
    device::print_attached(sink);
}

} // namespace monitor
