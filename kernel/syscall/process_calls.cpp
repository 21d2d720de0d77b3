// System calls about processes: spawn, wait, kill, exit.
#include <algorithm>
#include <array>
#include <optional>

#include "kernel/ipc/notification.h"
#include "kernel/object/memory.h"
#include "kernel/process/spawn.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/syscall/call.h"

namespace calls {
namespace {

using process::Process;

std::string_view text_of(const std::array<char, abi::name_length>& name) {
    return {name.data(), static_cast<std::size_t>(std::ranges::find(name, '\0') - name.begin())};
}

/// Arguments or environment, copied out of the caller's memory into `room`.
std::expected<std::span<const std::byte>, Error> copy_strings(Process& process, std::uint64_t at,
                                                              std::uint32_t size, std::uint32_t count,
                                                              std::span<std::byte>& room) {
    if (size > room.size()) return std::unexpected(Error::too_large);
    const auto bytes = room.first(size);
    room = room.subspan(size);
    if (const auto read = memory::UserBuffer(*process.space, {at}, size).read(0, bytes); !read)
        return std::unexpected(read.error());
    if (std::ranges::count(bytes, std::byte{0}) != count || (size > 0 && bytes.back() != std::byte{0}))
        return std::unexpected(Error::invalid_argument);
    return bytes;
}

/// A limit that the spawner asks for its child: 0 means its own, which no child exceeds.
std::expected<std::uint64_t, Error> limit(std::uint64_t wanted, std::uint64_t own) {
    if (wanted > own) return std::unexpected(Error::not_permitted);
    return wanted == 0 ? own : wanted;
}

std::expected<void, Error> apply_limits(const Process& parent, const abi::SpawnRequest& request,
                                        process::SpawnPlan& plan) {
    const auto frames = limit(request.memory_limit >> base::page_shift, parent.account.limit());
    const auto slots = limit(request.handle_limit, parent.quota.slots);
    const auto processes = limit(request.process_limit, parent.quota.processes);
    if (!frames || !slots || !processes) return std::unexpected(Error::not_permitted);
    plan.memory_limit = *frames;
    plan.quota = {.slots = static_cast<std::uint32_t>(*slots),
                  .processes = static_cast<std::uint32_t>(*processes)};
    return {};
}

std::expected<memory::FrameSet*, Error> find_image(const Process& parent, const abi::SpawnRequest& request) {
    const auto image =
        object::lookup<object::Memory>(parent.pid, request.image, abi::right::read | abi::right::execute);
    if (!image) return std::unexpected(image.error());
    memory::FrameSet& frames = (*image)->frames;
    if (request.image_offset % base::page_size != 0) return std::unexpected(Error::misaligned);
    if (request.image_offset > frames.size() || request.image_size > frames.size() - request.image_offset)
        return std::unexpected(Error::invalid_argument);
    return &frames;
}

/// Standard handles that nothing was given for are the spawner's own, as far as it may grant them.
std::expected<void, Error> inherit_standard(Process& parent, Process& child) {
    for (const abi::Handle standard : {abi::standard_input, abi::standard_output, abi::standard_error}) {
        if (object::state().capability(child.pid, standard)) continue;
        const auto own = object::find(parent.pid, standard, abi::right::grant);
        if (!own) continue;
        const auto given = process::grant(child, parent.pid, standard, own->rights, standard.slot, "");
        if (!given) return given;
    }
    return {};
}

/// Hands over what the spawner wants its child to have: its right to grant is needed for each.
std::expected<void, Error> give_grants(Process& parent, Process& child, const abi::SpawnRequest& request) {
    if (request.grant_count > abi::most_granted) return std::unexpected(Error::too_large);
    for (std::uint32_t i = 0; i < request.grant_count; ++i) {
        const auto grant =
            memory::read_value<abi::Grant>(*parent.space, {request.grants + i * sizeof(abi::Grant)});
        if (!grant) return std::unexpected(grant.error());
        const auto found = object::find(parent.pid, grant->handle, abi::right::grant);
        if (!found) return std::unexpected(found.error());
        const bool is_standard = grant->standard < abi::standard_handles;
        const auto given =
            process::grant(child, parent.pid, grant->handle, grant->rights & found->rights,
                           is_standard ? grant->standard : axiom::any_slot, text_of(grant->name));
        if (!given) return given;
    }
    return inherit_standard(parent, child);
}

std::expected<process::Spawned, Error> spawn_child(const Call& call, const abi::SpawnRequest& request) {
    Process& parent = call.process();
    std::array<std::byte, abi::argument_bytes> strings;
    std::span<std::byte> room(strings);
    process::SpawnPlan plan{.name = text_of(request.name),
                            .image = {nullptr, request.image_offset, request.image_size},
                            .arguments = {},
                            .argument_count = request.argument_count,
                            .environment = {},
                            .environment_count = request.environment_count,
                            .priority = request.priority};
    if (request.priority > call.thread.own_priority) return std::unexpected(Error::not_permitted);
    const auto image = find_image(parent, request);
    if (!image) return std::unexpected(image.error());
    plan.image.frames = *image;
    if (const auto fine = apply_limits(parent, request, plan); !fine) return std::unexpected(fine.error());
    const auto arguments =
        copy_strings(parent, request.arguments, request.arguments_size, request.argument_count, room);
    if (!arguments) return std::unexpected(arguments.error());
    const auto environment =
        copy_strings(parent, request.environment, request.environment_size, request.environment_count, room);
    if (!environment) return std::unexpected(environment.error());
    plan.arguments = *arguments;
    plan.environment = *environment;
    return process::spawn(&parent, plan);
}

void answer(const Call& call, const process::End& end) {
    call.succeed(static_cast<std::uint64_t>(end.ending), static_cast<std::uint64_t>(end.code));
}

/// Waits in a queue until what stands behind it has ended.
void wait_for_end(const Call& call, const process::End& end, schedule::WaitQueue& waiters) {
    // [lab 10: exit and wait]
    if (end.ending != abi::Ending::running) return answer(call, end);
    schedule::wait(&waiters, base::to_deadline(call.argument(1)),
                   static_cast<std::uint64_t>(Error::timed_out));
    // [/lab]
}

} // namespace

void exit(const Call& call) {
    // [lab 10: exit and wait]
    process::end(call.process(), abi::Ending::exited, static_cast<std::int64_t>(call.argument(0)));
    // [/lab]
}

void spawn(const Call& call) {
    const auto request = memory::read_value<abi::SpawnRequest>(*call.process().space, call.address(0));
    if (!request) return call.fail(request.error());
    const auto spawned = spawn_child(call, *request);
    if (!spawned) return call.fail(spawned.error());
    Process& child = *spawned->process;
    if (const auto given = give_grants(call.process(), child, *request); !given) {
        process::end(child, abi::Ending::killed, 0);
        static_cast<void>(object::commit(axiom::delete_capability(call.process().pid, spawned->handle)));
        return call.fail(given.error());
    }
    call.succeed(abi::to_word(spawned->handle), child.pid.value);
    process::let_go(child);
}

void wait(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), abi::right::read);
    if (!found) return call.fail(found.error());
    switch (found->object->type()) {
    case abi::ObjectType::process: {
        auto& process = static_cast<Process&>(*found->object);
        return wait_for_end(call, process.end, process.waiters);
    }
    case abi::ObjectType::thread: {
        auto& thread = static_cast<process::Thread&>(*found->object);
        return wait_for_end(call, thread.end, thread.waiters);
    }
    case abi::ObjectType::notification:
        return static_cast<ipc::Notification&>(*found->object)
            .wait(call.thread, base::to_deadline(call.argument(1)));
    default: return call.fail(Error::wrong_type);
    }
}

void thread_join(const Call& call) {
    const auto thread = call.object<process::Thread>(0, abi::right::read);
    if (!thread) return call.fail(thread.error());
    wait_for_end(call, (*thread)->end, (*thread)->waiters);
}

void kill(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), abi::right::write);
    if (!found) return call.fail(found.error());
    const auto code = static_cast<std::int64_t>(call.argument(1));
    call.succeed(); // Before the caller's own registers may be gone.
    if (found->object->type() == abi::ObjectType::process)
        process::end(static_cast<Process&>(*found->object), abi::Ending::killed, code);
    else if (found->object->type() == abi::ObjectType::thread)
        process::end(static_cast<process::Thread&>(*found->object), abi::Ending::killed, code);
    else
        call.fail(Error::wrong_type);
}

} // namespace calls
