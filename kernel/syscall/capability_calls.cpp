// System calls about capabilities themselves: derive, move, revoke, identify.
#include "kernel/process/loan.h"
#include "kernel/syscall/call.h"

namespace calls {
namespace {

/// The slot that an argument asks for. For any slot there is made room, if the quota allows.
std::expected<std::uint32_t, Error> slot_for(const Call& call, unsigned index) {
    if (call.argument(index) > axiom::any_slot) return std::unexpected(Error::invalid_argument);
    const auto slot = static_cast<std::uint32_t>(call.argument(index));
    if (slot != axiom::any_slot) return slot;
    if (const auto room = process::make_room(call.process()); !room) return std::unexpected(room.error());
    return slot;
}

std::expected<abi::Handle, Error> derive_capability(const Call& call) {
    const axiom::ProcessId pid = call.process().pid;
    if (const auto found = object::find(pid, call.handle(0), {}); !found)
        return std::unexpected(found.error());
    if (call.argument(1) > abi::right::all.bits) return std::unexpected(Error::not_permitted);
    const auto slot = slot_for(call, 3);
    if (!slot) return std::unexpected(slot.error());
    const abi::Rights rights{static_cast<std::uint16_t>(call.argument(1))};
    const auto copied =
        object::commit(axiom::copy_capability(pid, call.handle(0), pid, rights, *slot, call.argument(2)));
    if (!copied) return std::unexpected(copied.error());
    return copied->handle;
}

/// A process keeps the capability for itself where it is: see close().
std::expected<abi::Handle, Error> move_capability(const Call& call) {
    const axiom::ProcessId pid = call.process().pid;
    if (call.handle(0) == abi::self_process) return std::unexpected(Error::not_permitted);
    if (const auto found = object::find(pid, call.handle(0), {}); !found)
        return std::unexpected(found.error());
    const auto slot = slot_for(call, 1);
    if (!slot) return std::unexpected(slot.error());
    const auto moved = object::commit(axiom::move_capability(pid, call.handle(0), pid, *slot));
    if (!moved) return std::unexpected(moved.error());
    return moved->handle;
}

} // namespace

void derive(const Call& call) { call.finish(derive_capability(call)); }

void move(const Call& call) { call.finish(move_capability(call)); }

/// A step at a time: between two of them the thread is in user mode for an instant, where interrupts and more
/// urgent threads come in. Windows onto memory go with the last step.
void revoke(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), {});
    const auto outcome = object::commit(axiom::revoke_capability(call.process().pid, call.handle(0)));
    if (!outcome) return call.fail(outcome.error());
    if (!outcome->done) return call.repeat();
    if (found && found->object->type() == abi::ObjectType::memory)
        process::take_back(static_cast<object::Memory&>(*found->object));
    call.succeed();
}

void identify(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), {});
    if (!found) return call.fail(found.error());
    call.succeed(static_cast<std::uint64_t>(found->object->type()) | std::uint64_t{found->rights.bits} << 16,
                 found->badge);
}

} // namespace calls
