// Time on rv64: the `time` register, and a deadline by Sstc or through firmware (RISC-V Privileged 4.1.4;
// Sstc 1.0; SBI 1.0, chapter 6).
#include "hal/timer.h"

#include "hal/interrupt.h"
#include "hal/smp.h"
#include "kernel/base/log.h"
#include "platform/rv64/csr.h"
#include "platform/rv64/sbi.h"
#include "platform/shared/device_tree.h"

namespace {

constinit base::TickScale to_nanoseconds;
constinit base::TickScale to_ticks;
constinit std::uint64_t frequency = 0;
constinit std::uint64_t first_tick = 0;
constinit bool has_sstc = false;

std::uint64_t find_frequency(const platform::DeviceTree& tree) {
    const auto cpus = tree.find("/cpus");
    return cpus ? tree.cell(*cpus, "timebase-frequency").value_or(0) : 0;
}

/// Whether stimecmp can be written. Without Sstc, and where firmware keeps it closed (menvcfg.STCE), that is
/// an illegal instruction: for the time of one write, exceptions lead to the line behind it.
bool stimecmp_answers() {
    std::uint64_t answered = 0;
    std::uint64_t vector;
    asm volatile("lla %1, 1f\n\t"
                 "csrrw %1, stvec, %1\n\t"
                 "csrw %2, %3\n\t"
                 "li %0, 1\n\t"
                 ".balign 4\n"
                 "1:\tcsrw stvec, %1"
                 : "+r"(answered), "=&r"(vector)
                 : "i"(platform::csr::stimecmp::index), "r"(~0ul)
                 : "memory");
    return answered != 0;
}

} // namespace

namespace hal {

void timer_initialize(const BootInfo&) {
    frequency = find_frequency(platform::device_tree());
    base::check(frequency != 0, "timer: the device tree's /cpus has no timebase-frequency");
    to_nanoseconds = base::TickScale::between(frequency, base::nanoseconds_per_second);
    to_ticks = base::TickScale::between(base::nanoseconds_per_second, frequency);
    first_tick = platform::csr::time::read();
    has_sstc = stimecmp_answers();
    clear_deadline();
}

void timer_initialize_cpu() { clear_deadline(); }

base::Nanoseconds now() {
    return {to_nanoseconds(to_nanoseconds.is_known() ? platform::csr::time::read() - first_tick : 0)};
}

void set_deadline(base::Nanoseconds deadline) {
    // [lab 4: program the timer]
    const std::uint64_t tick = first_tick + to_ticks(deadline.value) + 1; // Rounded up: never early.
    if (has_sstc)
        platform::csr::stimecmp::write(tick);
    else
        platform::sbi::set_timer(tick);
    platform::csr::sie::set(platform::timer_interrupt);
    // [/lab]
}

/// Masked at the hart, which is cheaper than to ask firmware for a deadline that never comes.
void clear_deadline() { platform::csr::sie::clear(platform::timer_interrupt); }

std::string_view timer_name() { return has_sstc ? "supervisor timer, Sstc" : "supervisor timer, SBI"; }

std::uint64_t timer_frequency() { return frequency; }

} // namespace hal
