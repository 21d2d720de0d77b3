// From a plan to a process that could run.
#include "kernel/process/spawn.h"

#include "kernel/object/table.h"
#include "kernel/process/load.h"
#include "kernel/schedule/scheduler.h"

namespace process {
namespace {

/// What a process needs before State may know of it; freed unless it is taken.
struct Parts {
    memory::Account* account = nullptr;
    memory::AddressSpace* space = nullptr;
    Process* process = nullptr;
    Thread* thread = nullptr;

    Parts() = default;
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    ~Parts() {
        if (thread)
            delete thread; // And its pin on the process with it.
        else if (process)
            delete process;
        if (!process && space) space->destroy();
        if (!process && account) account->release();
    }

    void take() { account = nullptr, space = nullptr, process = nullptr, thread = nullptr; }
};

template <class T>
std::expected<void, Error> assign(T*& to, std::expected<T*, Error> made) {
    if (!made) return std::unexpected(made.error());
    to = *made;
    return {};
}

std::expected<void, Error> prepare(Parts& parts, Process* parent, const SpawnPlan& plan) {
    if (const auto made = assign(parts.account, memory::Account::create(plan.memory_limit)); !made)
        return made;
    if (const auto made = assign(parts.space, memory::AddressSpace::create(*parts.account)); !made)
        return made;
    const auto loaded =
        load(*parts.space, plan.image, plan.memory_limit << base::page_shift, plan.name,
             {plan.arguments, plan.argument_count}, {plan.environment, plan.environment_count});
    if (!loaded) return std::unexpected(loaded.error());
    parts.process = new Process(plan.name, *parts.account, *parts.space, parent);
    if (!parts.process) return std::unexpected(Error::out_of_memory);
    parts.process->priority = plan.priority;
    parts.process->quota = plan.quota;
    parts.process->keep_image(plan.image);
    parts.thread = new Thread(
        *parts.process, hal::UserContext::create(loaded->entry, loaded->stack, loaded->start_info.value),
        plan.priority);
    if (!parts.thread) return std::unexpected(Error::out_of_memory);
    return {};
}

/// Makes the process true. Afterwards it can be ended like any other.
std::expected<abi::Handle, Error> establish(Process& process, Process* parent) {
    if (parent)
        if (const auto room = make_room(*parent); !room) return std::unexpected(room.error());
    const auto outcome = object::commit(
        axiom::create_process(parent ? parent->pid : axiom::ProcessId{}, process.name, process.quota));
    if (!outcome) return std::unexpected(outcome.error());
    process.pid = outcome->process;
    process.holder = object::state().holder(outcome->process);
    object::bind(process, outcome->object, outcome->index);
    if (parent) {
        parent->children.push_back(process);
        process.retain();
    }
    return outcome->handle;
}

} // namespace

std::expected<Spawned, Error> spawn(Process* parent, const SpawnPlan& plan) {
    Parts parts;
    if (const auto ready = prepare(parts, parent, plan); !ready) return std::unexpected(ready.error());
    const auto handle = establish(*parts.process, parent);
    if (!handle) return std::unexpected(handle.error());
    Process& process = *parts.process;
    Thread& thread = *parts.thread;
    parts.take();
    if (const auto added = add_thread(thread); !added) {
        delete &thread;
        end(process, Ending::killed, 0);
        return std::unexpected(added.error());
    }
    return Spawned{&process, *handle};
}

std::expected<void, Error> grant(Process& to, axiom::ProcessId from, abi::Handle handle, abi::Rights rights,
                                 std::uint32_t slot, std::string_view name) {
    if (const auto room = make_room(to); !room) return room;
    const auto copied = object::commit(axiom::copy_capability(from, handle, to.pid, rights, slot));
    if (!copied) return std::unexpected(copied.error());
    if (name.empty()) return {};
    const auto bound = object::commit(axiom::bind_name(to.pid, name, copied->handle));
    if (!bound) return std::unexpected(bound.error());
    return {};
}

void let_go(Process& process) {
    if (Thread* const first = process.threads.front()) schedule::start(*first);
}

} // namespace process
