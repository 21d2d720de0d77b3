// Drivers, and what they attached to. The kernel includes no driver: each puts a record of itself into a
// table that the linker collects, and at boot the devices that firmware told of are shown to those that know
// their kind.
#pragma once

#include <string_view>

#include "hal/boot.h"
#include "kernel/base/text.h"

namespace device {

/// Defined by a driver as `[[gnu::section(".drivers"), gnu::used]] constinit const device::Driver ...`. The
/// alignment is the largest that compilers give to such a record by themselves: its size is a multiple of it,
/// and the table has no gaps.
struct alignas(64) Driver {
    std::string_view name;
    std::string_view compatible; ///< The kind of device that it drives, as hal::Device::compatible has it.
    /// Looks at one device and takes it if it can. The device stays valid for ever.
    void (*probe)(const hal::BootInfo& boot_info, const hal::Device& device);
};

/// Shows every device to each driver of its kind. Once, at boot; needs memory, interrupts and timers.
void probe_drivers(const hal::BootInfo& boot_info);

/// A device that a driver has taken, for people.
struct Attached {
    base::Text<40> place;     ///< "virtio_mmio@a000000", "pci 00:02.0"
    base::Text<24> driver;    ///< "virtio-blk over mmio"
    base::Text<120> features; ///< What was negotiated, in words: "blk0: 64 MiB, flush, discard, event index"
};

/// Notes a device that was taken. Lines beyond the table's size are dropped, with a line in the log.
void note_attached(const Attached& attached);
void print_attached(base::Sink sink);

} // namespace device
