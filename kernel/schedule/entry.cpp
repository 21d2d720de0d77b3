// The way in for interrupts that come while a thread runs.
#include "hal/trap.h"
#include "kernel/device/interrupts.h"
#include "kernel/schedule/scheduler.h"

hal::UserContext& hal::on_user_interrupt(UserContext&) {
    schedule::Cpu& cpu = schedule::this_cpu();
    static_cast<void>(schedule::enter(cpu)); // Whether or not the thread may go on, the interrupt is served.
    device::dispatch_interrupts();
    return schedule::leave(cpu);
}
