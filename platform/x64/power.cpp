// Ending on x64: ACPI's soft-off state and reset register, and QEMU's debug-exit device for an exit status.
#include "hal/power.h"

#include "hal/cpu.h"
#include "platform/x64/discovery.h"
#include "platform/x64/port.h"

namespace {

using platform::Fadt;

// PM1 control registers (ACPI 6.4, 4.8.3.2.1)
constexpr std::uint16_t pm1_sci_enabled = 1 << 0;
constexpr unsigned pm1_sleep_type_shift = 10;
constexpr std::uint16_t pm1_sleep_mask = 0xf << pm1_sleep_type_shift; // SLP_TYP and SLP_EN
constexpr std::uint16_t pm1_sleep_enable = 1 << 13;

constexpr unsigned poll_limit = 100'000; // Of a register that may never answer; about 100 ms on a PC

/// The fixed registers answer only once firmware has handed them over (ACPI 6.4, 4.8.2.5).
void enable_acpi(const Fadt& fadt) {
    if (fadt.smi_command_port == 0 || fadt.acpi_enable == 0) return;
    if (platform::in16(fadt.pm1a_control_port) & pm1_sci_enabled) return;
    platform::out8(fadt.smi_command_port, fadt.acpi_enable);
    for (unsigned i = 0; i < poll_limit; ++i)
        if (platform::in16(fadt.pm1a_control_port) & pm1_sci_enabled) return;
}

void enter_sleep(std::uint16_t port, std::uint8_t type) {
    if (port == 0) return;
    const auto kept = static_cast<std::uint16_t>(platform::in16(port) & ~pm1_sleep_mask);
    platform::out16(port,
                    static_cast<std::uint16_t>(kept | (type & 7) << pm1_sleep_type_shift | pm1_sleep_enable));
}

/// The register may lie in memory or in PCI configuration space too (ACPI 6.4, 4.8.3.6); there the other ways
/// must do.
void reset_by_register(const Fadt& fadt) {
    if (!fadt.reset_register) return;
    if (fadt.reset_register->is_port())
        platform::out8(static_cast<std::uint16_t>(fadt.reset_register->address), fadt.reset_value);
}

void reset_by_chipset() {
    constexpr std::uint16_t reset_control_port = 0xcf9; // ICH9 datasheet, 13.7.5
    constexpr std::uint8_t full_reset = 0x06;
    platform::out8(reset_control_port, full_reset);
}

void reset_by_keyboard_controller() {
    constexpr std::uint16_t command_port = 0x64;
    constexpr std::uint8_t pulse_reset = 0xfe;
    platform::out8(command_port, pulse_reset);
}

/// An exception without an IDT is one that the CPU gives up on.
void reset_by_triple_fault() {
    const struct [[gnu::packed]] {
        std::uint16_t limit = 0;
        std::uint64_t base = 0;
    } no_gates;

    asm volatile("lidt %0\n\tint3" ::"m"(no_gates));
}

/// QEMU's isa-debug-exit, which the command line in platform.mk puts at this port: it ends with twice the
/// value plus one.
void debug_exit(std::uint32_t value) {
    constexpr std::uint16_t debug_exit_port = 0xf4;
    platform::out32(debug_exit_port, value);
}

} // namespace

namespace hal {

/// Nothing to note: discovery keeps the tables' words.
void power_initialize(const BootInfo&) {}

void power_off() {
    const platform::AcpiMachine& machine = platform::acpi_machine();
    if (machine.soft_off && machine.fadt.pm1a_control_port != 0) {
        enable_acpi(machine.fadt);
        enter_sleep(machine.fadt.pm1a_control_port, machine.soft_off->a);
        enter_sleep(machine.fadt.pm1b_control_port, machine.soft_off->b);
    }
    CurrentCpu::halt();
    __builtin_unreachable();
}

void reboot() {
    reset_by_register(platform::acpi_machine().fadt);
    reset_by_chipset();
    reset_by_keyboard_controller();
    reset_by_triple_fault();
    CurrentCpu::halt();
    __builtin_unreachable();
}

void power_off_failing() {
    debug_exit(1);
    power_off();
}

} // namespace hal
