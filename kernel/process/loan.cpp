// Looking for windows, and for what a process has made.
#include "kernel/process/loan.h"

#include "kernel/base/log.h"
#include "kernel/object/table.h"

namespace process {
namespace {

void close_unheld_windows(void* context, Process& process) {
    if (!process.space) return;
    process.space->forget_unless(static_cast<object::Memory*>(context)->frames, [&](abi::Handle through) {
        return !through || object::state().held(process.holder, through).object_index != axiom::Held::nothing;
    });
}

void unmap_everywhere(object::Memory& memory) {
    if (!memory.frames.is_shared()) return;
    for_each(
        [](void* context, Process& process) {
            if (process.space)
                process.space->forget_unless(*static_cast<memory::FrameSet*>(context),
                                             [](abi::Handle) { return false; });
        },
        &memory.frames);
}

void on_memory_end(object::Object& object) {
    auto& memory = static_cast<object::Memory&>(object);
    unmap_everywhere(memory);
}

} // namespace

void take_back(object::Memory& memory) {
    if (memory.frames.is_shared()) for_each(close_unheld_windows, &memory);
}

/// Through whoever holds a capability: the one who made it may have given up his own.
void recall_loans(Process& lender) {
    while (const object::Object* const object = lender.made.front()) {
        const auto capability = object::state().first_capability(object->place());
        base::check(capability.has_value(), "process: an object that nobody holds");
        const auto outcome = object::commit(axiom::destroy_object(capability->holder, capability->handle));
        base::check(outcome.has_value(), "process: State keeps an object whose maker ends");
    }
}

void register_memory() {
    object::register_type(abi::ObjectType::memory, {.end = on_memory_end, .free = [](object::Object& object) {
                                                        delete &static_cast<object::Memory&>(object);
                                                    }});
}

} // namespace process
