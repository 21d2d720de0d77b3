// Panics and kernel faults: say all that is known, then end the machine with a failing status.
#include "kernel/trace/panic.h"

#include <atomic>

#include "hal/cpu.h"
#include "hal/image.h"
#include "hal/power.h"
#include "hal/trap.h"
#include "kernel/base/log.h"
#include "kernel/memory/kernel_stacks.h"
#include "kernel/sync/cpu_request.h"
#include "kernel/trace/backtrace.h"

namespace {

constinit bool halt_wanted = false;
constinit std::atomic<unsigned> panics_begun = 0;
constinit std::uint32_t cpus_up = 1;

[[noreturn]] void end() {
    if (halt_wanted) {
        base::print("halted; attach a debugger, or leave QEMU with Ctrl-A X\n");
        hal::CurrentCpu::halt();
    }
    hal::power_off_failing();
}

/// A stack that is used up runs into the page below it, which is never mapped.
void explain(base::VirtualAddress address) {
    const bool is_in_stack = memory::kernel_stack_end(address.value) != 0;
    if (!is_in_stack && memory::kernel_stack_end(address.value + base::page_size) != 0)
        base::print("  in the guard page below a kernel stack: the stack is used up\n");
}

/// What each other CPU does for a panic: it says where it was, and stops.
void stop_here() {
    base::print("cpu{} was here:\n", hal::current_cpu().index);
    trace::print_backtrace(hal::CurrentCpu::frame_pointer(), base::console_sink());
    locking::stop_has_ended();
    hal::CurrentCpu::halt();
}

void stop_others() {
    for (std::uint32_t cpu = 0; cpu < cpus_up; ++cpu)
        if (cpu != hal::current_cpu().index) locking::stop_cpu(cpu, stop_here);
}

/// A panic's own code may fail: the second one says only that, and the third, in the machine's way of ending,
/// tries the plain one.
void begin() {
    hal::CurrentCpu::mask_interrupts();
    switch (++panics_begun) {
    case 1: return;
    case 2: base::print("\nKERNEL PANIC while panicking\n"); hal::power_off_failing();
    case 3: hal::power_off();
    default: hal::CurrentCpu::halt();
    }
}

} // namespace

namespace base {

void panic_line(std::string_view message, std::source_location where) {
    begin();
    console_sink()("\nKERNEL PANIC: "); // Unformatted: what has failed may be the formatting itself.
    console_sink()(message);
    print("\n  on cpu{}, in {}:{}\n", hal::current_cpu().index, where.file_name(), where.line());
    trace::print_backtrace(hal::CurrentCpu::frame_pointer(), console_sink());
    stop_others();
    end();
}

} // namespace base

namespace hal {

void on_fault(const Fault& fault, const TrapFrame& frame) {
    begin();
    base::print("\nKERNEL PANIC: {}", fault.cause);
    if (fault.address) base::print(", address {:#018x}", fault.address->value);
    base::print("\n  on cpu{}, pc {:#018x}, sp {:#018x}, code {:#x}\n", current_cpu().index,
                fault.program_counter, fault.stack_pointer, fault.code);
    if (fault.address) explain(*fault.address);
    base::print("registers:\n");
    print_registers(frame, base::console_sink());
    trace::print_backtrace_of_fault(fault.program_counter, fault.frame_pointer, base::console_sink());
    stop_others();
    end();
}

} // namespace hal

namespace trace {

void halt_on_panic() { halt_wanted = true; }

void stop_cpus_on_panic(std::uint32_t count) { cpus_up = count; }

} // namespace trace
