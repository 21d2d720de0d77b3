// The lives of processes and threads.
#include "kernel/process/process.h"

#include "kernel/base/log.h"
#include "kernel/ipc/reply.h"
#include "kernel/object/table.h"
#include "kernel/process/loan.h"
#include "kernel/schedule/scheduler.h"

namespace process {
namespace {

constinit InitHandler init_handler = nullptr;

/// Wakes all who wait for an end, and tells them.
void announce(schedule::WaitQueue& waiters, const End& end) {
    while (schedule::Thread* waiter = waiters.front()) {
        waiter->context.set_result(0, static_cast<std::uint64_t>(end.ending),
                                   static_cast<std::uint64_t>(end.code));
        schedule::wake(*waiter);
    }
}

/// Takes a zombie out of State, if nothing of it is left there.
void reap(Process& process) {
    if (object::commit(axiom::reap_process(process.pid))) process.pid = {};
}

/// The space goes with the last thread that could have used it.
void free_space(Process& process) {
    if (process.space) std::exchange(process.space, nullptr)->destroy();
}

/// Parts a child from its parent, which gives up its pin.
void leave_family(Process& process) {
    auto& sibling = static_cast<base::ListNode<class Siblings>&>(process);
    if (!sibling.is_linked()) return;
    sibling.unlink();
    process.parent = nullptr;
    process.release();
}

/// A process that has ended, whose threads have left: it is of no more use but to those who ask how it ended.
void finish(Process& process) {
    free_space(process);
    if (process.is_init && init_handler) init_handler(process);
    leave_family(process);
}

/// A thread has ended, and no CPU uses its registers any more.
void on_thread_left(schedule::Thread& scheduled) {
    Thread& thread = static_cast<Thread&>(scheduled);
    Process& process = thread.process;
    static_cast<base::ListNode<class InProcess>&>(thread).unlink();
    if (process.has_ended() && process.threads.empty()) finish(process);
    thread.release(); // The process's pin; `process` may be gone with it.
}

void clear_table(const Process& process) {
    for (;;) {
        const auto outcome = object::commit(axiom::clear_table(process.pid));
        base::check(outcome.has_value(), "process: a zombie's table cannot be cleared");
        if (outcome->done) return;
    }
}

Thread* first_alive(Process& process) {
    for (Thread& thread : process.threads)
        if (!thread.has_ended()) return &thread;
    return nullptr;
}

void on_process_object_gone(object::Object& object) {
    Process& process = static_cast<Process&>(object);
    if (process.has_ended()) reap(process);
}

void free_process(object::Object& object) { delete &static_cast<Process&>(object); }

void free_thread(object::Object& object) { delete &static_cast<Thread&>(object); }

} // namespace

Thread::Thread(Process& of, const hal::UserContext& begin, std::uint8_t priority)
    : Object(object_type), Party(of, begin, *of.space, priority, on_thread_left), process(of),
      number(of.next_thread++) {
    process.retain();
}

Thread::~Thread() {
    delete fpu;
    process.release();
}

Process::Process(std::string_view called, memory::Account& of, memory::AddressSpace& in, Process* of_parent)
    : Object(object_type), name(called), account(of), space(&in), parent(of_parent), is_init(!of_parent) {}

void Process::keep_image(const Image& made_from) {
    image = made_from;
    image.frames->retain();
}

Process::~Process() {
    if (image.frames) image.frames->release();
    free_space(*this);
    account.release();
}

void initialize() {
    object::register_type(abi::ObjectType::process, {.end = on_process_object_gone, .free = free_process});
    object::register_type(abi::ObjectType::thread, {.end = nullptr, .free = free_thread});
}

std::expected<abi::Handle, Error> add_thread(Thread& thread) {
    Process& process = thread.process;
    if (const auto room = make_room(process); !room) return std::unexpected(room.error());
    const auto outcome =
        object::commit(axiom::create_object(process.pid, abi::ObjectType::thread, 0, abi::right::all));
    if (!outcome) return std::unexpected(outcome.error());
    object::bind(thread, outcome->object, outcome->index);
    thread.retain(); // Until it has left its CPU.
    process.threads.push_back(thread);
    return outcome->handle;
}

void end(Thread& thread, Ending ending, std::int64_t code) {
    if (thread.has_ended()) return;
    thread.end = {ending, code};
    announce(thread.waiters, thread.end);
    Process& process = thread.process;
    bool was_last = true;
    for (Thread& other : process.threads) was_last &= &other == &thread || other.has_ended();
    if (was_last) return end(process, ending, code);
    ipc::part(thread);
    schedule::stop(thread);
}

/// Children end first, so that each finds its parent; the depth of the family is bounded by State.
void end(Process& process, Ending ending, std::int64_t code) {
    if (process.has_ended()) return;
    recall_loans(process);
    base::check(object::commit(axiom::exit_process(process.pid, ending, code)).has_value(),
                "process: a running process cannot end");
    process.end = {ending, code};
    object::Ref<Process> pin(process);
    while (Process* child = process.children.front()) {
        object::Ref<Process> child_pin(*child);
        end(*child, Ending::orphaned, code);
        leave_family(*child); // Unless it has: its threads may have yet to leave other CPUs.
    }
    announce(process.waiters, process.end);
    const bool has_threads = !process.threads.empty();
    while (Thread* const thread = first_alive(process)) {
        thread->end = {ending, code};
        announce(thread->waiters, thread->end);
        ipc::part(*thread);
        schedule::stop(*thread); // It may be gone with this.
    }
    ipc::forsake(process);
    clear_table(process); // Only now: what a thread waited for may go with its last capability.
    reap(process);        // Its own object may have gone before its children's, or long ago.
    if (!has_threads) finish(process);
}

std::expected<void, Error> make_room(const Process& process) { return object::make_room(process.pid, 1); }

void for_each(void (*visit)(void* context, Process& process), void* context) {
    const axiom::State& state = object::state();
    axiom::ProcessId id{};
    while (const auto* record = state.next_process(id)) {
        id = record->id; // The record may be gone after the visit.
        object::Object* const object = record->object ? object::at(record->object_index) : nullptr;
        if (object) visit(context, static_cast<Process&>(*object));
    }
}

void set_init_handler(InitHandler handler) { init_handler = handler; }

} // namespace process
