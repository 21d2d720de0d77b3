// Ending on rv64: SBI system reset, and the test device of QEMU's virt machine for an exit status.
#include "hal/power.h"

#include "hal/cpu.h"
#include "platform/rv64/discovery.h"
#include "platform/rv64/sbi.h"
#include "platform/shared/mmio.h"

namespace {

/// Where QEMU's virt machine has its test device: known before discovery, for a panic may come first.
constexpr base::PhysicalAddress early_address{0x0010'0000};

constinit std::optional<base::PhysicalAddress> test_device = early_address;

/// "sifive,test0": one register, which takes what to do and, 16 bits above it, the status to end with.
constexpr std::uint32_t test_fail = 0x3333;

void end_with_status(std::uint32_t status) {
    if (test_device) platform::RegisterBlock(*test_device).write32(0, status << 16 | test_fail);
}

} // namespace

namespace hal {

void power_initialize(const BootInfo& boot_info) {
    const auto node = platform::device_tree().find_compatible("sifive,test0");
    const Device* device = node ? platform::device_of(boot_info, *node) : nullptr;
    test_device = {};
    if (device && !device->registers.empty()) test_device = device->registers[0].start;
}

void power_off() {
    platform::sbi::system_reset(platform::sbi::Reset::shutdown, platform::sbi::Reason::none);
    CurrentCpu::halt();
    __builtin_unreachable();
}

void reboot() {
    platform::sbi::system_reset(platform::sbi::Reset::cold_reboot, platform::sbi::Reason::none);
    CurrentCpu::halt();
    __builtin_unreachable();
}

/// Firmware's own way to say so, a reset for the reason "system failure", ends QEMU with status 0.
void power_off_failing() {
    end_with_status(1);
    platform::sbi::system_reset(platform::sbi::Reset::shutdown, platform::sbi::Reason::system_failure);
    CurrentCpu::halt();
    __builtin_unreachable();
}

} // namespace hal
