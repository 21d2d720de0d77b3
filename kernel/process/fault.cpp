// What happens when a program faults: a page is put in place, floating point is opened, or the process ends.
#include "hal/trap.h"
#include "kernel/base/log.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/object/table.h"
#include "kernel/process/process.h"
#include "kernel/process/program_symbols.h"
#include "kernel/schedule/scheduler.h"

namespace process {
namespace {

using hal::UserFault;

memory::Access access_of(UserFault::Access access) {
    switch (access) {
    case UserFault::Access::write: return memory::Access::write;
    case UserFault::Access::execute: return memory::Access::execute;
    default: return memory::Access::read;
    }
}

/// A fault at a page that allows the access is the CPU's stale memory of it, once; again and again it is
/// something else, like an atomic operation on a read-only page, which some CPUs report as a read.
/// An instruction that goes on to other pages may meet another CPU at each, which was there first.
std::expected<void, Error> excuse(Thread& thread, base::VirtualAddress address) {
    constexpr std::uint32_t most = 16;
    const Thread::Excuse excuse{thread.context.program_counter(), address};
    if (thread.excused != excuse) thread.excuses = 0;
    thread.excused = excuse;
    if (++thread.excuses <= most) return {};
    return std::unexpected(Error::bad_address);
}

/// What can be put right, so that the thread goes on as if nothing had been; else why not.
std::expected<void, Error> mend(Thread& thread, const UserFault& fault) {
    if (fault.kind == UserFault::Kind::fpu_off) {
        if (schedule::open_fpu()) return {};
        return std::unexpected(Error::out_of_memory);
    }
    if (fault.kind != UserFault::Kind::access) return std::unexpected(Error::bad_call);
    const auto mended = thread.process.space->mend(fault.address, access_of(fault.access));
    if (mended) thread.excuses = 0; // It has gone on since.
    if (mended || mended.error() != Error::occupied) return mended;
    return excuse(thread, fault.address);
}

/// The line that says what a process was ended for.
void report(const Thread& thread, const UserFault& fault, Error why) {
    base::Text<200> line = base::Text<200>::of("process {} ({}), thread {}: {}", thread.process.pid.value,
                                               thread.process.name, thread.number, hal::cause_of(fault));
    if (fault.kind == UserFault::Kind::access) base::format(line.sink(), " at {:#x}", fault.address.value);
    if (why == Error::out_of_memory || why == Error::limit_reached) base::format(line.sink(), " ({})", why);
    const base::VirtualAddress at = thread.context.program_counter();
    base::format(line.sink(), ", pc {:#x}", at.value);
    if (const auto symbol = find_program_symbol(thread.process.image, at))
        base::format(line.sink(), " ({} + {:#x})", symbol->name, symbol->offset);
    line.append(": ended");
    base::log("{}", line);
}

abi::FaultKind told_kind(UserFault::Kind kind) {
    switch (kind) {
    case UserFault::Kind::access: return abi::FaultKind::access;
    case UserFault::Kind::illegal_instruction: return abi::FaultKind::illegal_instruction;
    case UserFault::Kind::breakpoint: return abi::FaultKind::breakpoint;
    case UserFault::Kind::misaligned: return abi::FaultKind::misaligned;
    case UserFault::Kind::arithmetic: return abi::FaultKind::arithmetic;
    default: return abi::FaultKind::other;
    }
}

abi::FaultAccess told_access(UserFault::Access access) {
    switch (access) {
    case UserFault::Access::read: return abi::FaultAccess::read;
    case UserFault::Access::write: return abi::FaultAccess::write;
    case UserFault::Access::execute: return abi::FaultAccess::execute;
    default: return abi::FaultAccess::none;
    }
}

/// How the thread goes on is up to its handler. With none that answers it is back at the instruction that
/// faulted, which faults again, and then nobody is asked.
void on_answer(ipc::Party& party, const abi::MessageWords* answer) {
    const auto action = answer ? static_cast<abi::FaultAction>(answer->front()) : abi::FaultAction::end;
    if (action == abi::FaultAction::skip_to)
        party.context.set_program_counter({(*answer)[1]});
    else if (action != abi::FaultAction::retry)
        party.fault_handler = {};
}

/// Asks the thread's handler, if it has one that can be called.
bool tell_handler(Thread& thread, const UserFault& fault) {
    if (!thread.fault_handler) return false;
    const auto [holder, handle] = thread.fault_handler;
    const auto found = object::find(holder, handle, abi::right::write | abi::right::call);
    if (!found || found->object->type() != abi::ObjectType::endpoint) return false;
    thread.exchange.begin(abi::fault_words(told_kind(fault.kind), told_access(fault.access),
                                           fault.address.value, thread.context.program_counter().value,
                                           fault.code),
                          true);
    thread.exchange.go_through(holder, handle, found->badge);
    thread.fault_answered = on_answer;
    static_cast<ipc::Endpoint&>(*found->object).send(thread);
    return true;
}

} // namespace
} // namespace process

hal::UserContext& hal::on_user_fault(UserContext&, const UserFault& fault) {
    schedule::Cpu& cpu = schedule::this_cpu();
    if (schedule::enter(cpu)) {
        process::Thread& thread = process::current_thread();
        if (const auto mended = process::mend(thread, fault);
            !mended && !process::tell_handler(thread, fault)) {
            process::report(thread, fault, mended.error());
            process::end(thread.process, abi::Ending::faulted, static_cast<std::int64_t>(fault.kind));
        }
    }
    return schedule::leave(cpu);
}
