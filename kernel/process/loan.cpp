// Looking for windows, and for what a process has made.
#include "kernel/process/loan.h"

#include "kernel/object/table.h"

namespace process {
namespace {

/// What a process's capabilities for an object allow, all together.
abi::Rights rights_of(const Process& process, axiom::ObjectId object) {
    abi::Rights rights{};
    std::uint32_t slot = 0;
    while (const auto capability = object::state().next_capability(process.pid, slot)) {
        if (capability->object == object) rights = rights | capability->rights;
        slot = capability->handle.slot + 1;
    }
    return rights;
}

void keep_what_is_allowed(void* context, Process& process) {
    auto& memory = *static_cast<object::Memory*>(context);
    if (!process.space || !process.space->has_window(memory.frames)) return;
    process.space->forget(memory.frames, memory::Permissions::of(rights_of(process, memory.id())));
}

void unmap_everywhere(object::Object& object) {
    memory::FrameSet& frames = static_cast<object::Memory&>(object).frames;
    if (!frames.is_shared()) return;
    for_each(
        [](void* context, Process& process) {
            if (process.space) process.space->forget(*static_cast<memory::FrameSet*>(context), {});
        },
        &frames);
}

void destroy(const Process& holder, abi::Handle handle) {
    while (const auto outcome = object::commit(axiom::destroy_object(holder.pid, handle)))
        if (outcome->done) return;
}

} // namespace

void take_back(object::Memory& memory) {
    if (memory.frames.is_shared()) for_each(keep_what_is_allowed, &memory);
}

void recall_loans(Process& lender) {
    if (!lender.has_made_memory) return;
    std::uint32_t slot = 0;
    while (const auto capability = object::state().next_capability(lender.pid, slot)) {
        slot = capability->handle.slot + 1;
        object::Object* const object = object::at(capability->object_index);
        if (!object || object->type() != abi::ObjectType::memory) continue;
        if (static_cast<object::Memory&>(*object).frames.is_charged_to(lender.account))
            destroy(lender, capability->handle);
    }
}

void register_memory() {
    object::register_type(abi::ObjectType::memory,
                          {.end = unmap_everywhere, .free = [](object::Object& object) {
                               delete &static_cast<object::Memory&>(object);
                           }});
}

} // namespace process
