// Time on arm64: the generic timer's physical counter and timer (Arm ARM D11.2).
#include "hal/timer.h"

#include "hal/interrupt.h"
#include "hal/smp.h"
#include "kernel/base/log.h"
#include "platform/arm64/cpu.h"
#include "platform/arm64/timer_line.h"

namespace {

constexpr std::uint64_t control_enable = 1 << 0; // CNTP_CTL: ENABLE, with IMASK clear

constinit base::TickScale to_nanoseconds;
constinit base::TickScale to_ticks;
constinit std::uint64_t first_tick = 0;
constinit hal::InterruptLine interrupt{}; // Private to each CPU, and the same on all.

/// The counter, not read ahead of earlier instructions (Arm ARM D11.2.1).
std::uint64_t counter() {
    std::uint64_t ticks;
    asm volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

/// The device tree lists the secure, the non-secure physical, the virtual and the hypervisor timer, in this
/// order. Under E2H the CNTP registers are the hypervisor timer's.
constexpr unsigned interrupt_index(unsigned exception_level) { return exception_level == 2 ? 3 : 1; }

} // namespace

namespace platform {

std::uint32_t timer_line() { return interrupt.number; }

} // namespace platform

namespace hal {

void timer_initialize(const BootInfo& boot_info) {
    const std::uint64_t frequency = timer_frequency();
    base::check(frequency != 0,
                "timer: CNTFRQ_EL0 is 0, so that firmware has not said how fast the counter is");
    to_nanoseconds = base::TickScale::between(frequency, base::nanoseconds_per_second);
    to_ticks = base::TickScale::between(base::nanoseconds_per_second, frequency);
    first_tick = counter();

    const Device* device = find_device(boot_info, "arm,armv8-timer");
    const unsigned index = interrupt_index(platform::current_exception_level());
    base::check(device && device->interrupts.size() > index,
                "timer: no arm,armv8-timer with an interrupt for this level");
    interrupt = device->interrupts[index];
    timer_initialize_cpu();
}

void timer_initialize_cpu() {
    clear_deadline();
    base::check(unmask_interrupt(interrupt).has_value(),
                "timer: its interrupt is not one of the controller's");
}

base::Nanoseconds now() { return {to_nanoseconds(to_nanoseconds.is_known() ? counter() - first_tick : 0)}; }

void set_deadline(base::Nanoseconds deadline) {
    // [lab 4: program the timer]
    const std::uint64_t ticks = first_tick + to_ticks(deadline.value) + 1; // Rounded up: never early.
    asm volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb" ::"r"(ticks), "r"(control_enable)
                 : "memory");
    // [/lab]
}

void clear_deadline() { asm volatile("msr cntp_ctl_el0, xzr\n\tisb" ::: "memory"); }

std::string_view timer_name() {
    return platform::current_exception_level() == 2 ? "generic timer, EL2 physical"
                                                    : "generic timer, EL1 physical";
}

std::uint64_t timer_frequency() {
    std::uint64_t hertz;
    asm volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    return hertz & 0xffff'ffff;
}

} // namespace hal
