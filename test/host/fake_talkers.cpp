// Making message calls in the name of processes.
#include "test/host/fake_talkers.h"

#include <doctest/doctest.h>

#include "kernel/schedule/cpu.h"

namespace fake {
namespace {

constexpr unsigned envelope_page = 3; ///< Of the stack: where envelopes are put.

} // namespace

Talkers::Talkers(std::uint32_t count) : programs(count + 1) {
    for (std::uint32_t i = 0; i < count; ++i) children_.push_back(&programs.child(init()));
    endpoint = create(abi::ObjectType::endpoint);
}

std::uint64_t Talkers::create(abi::ObjectType type) {
    const Answer made = programs.call(init(), abi::SystemCall::create, {static_cast<std::uint64_t>(type), 0});
    REQUIRE(made.succeeded());
    return made.first;
}

std::uint64_t Talkers::give(process::Process& to, abi::Rights rights, std::uint64_t badge,
                            std::uint64_t handle) {
    std::uint64_t given = 0;
    programs.act([&] {
        REQUIRE(process::make_room(to));
        const auto outcome = object::commit(axiom::copy_capability(
            init().pid, abi::to_handle(handle ? handle : endpoint), to.pid, rights, axiom::any_slot, badge));
        REQUIRE(outcome);
        given = abi::to_word(outcome->handle);
    });
    return given;
}

Heard Talkers::say(process::Process& caller, abi::SystemCall number, std::uint64_t first,
                   abi::MessageInformation information, const abi::MessageWords& words) {
    programs.call(caller, number, {first, information.bits, words[0], words[1], words[2], words[3]});
    if (caller.has_ended()) return {};
    return heard(caller);
}

Heard Talkers::enclose(process::Process& caller, abi::SystemCall number, std::uint64_t first,
                       abi::MessageInformation information, const abi::Envelope& envelope) {
    const std::uint64_t at = programs.put(caller, std::as_bytes(std::span(&envelope, 1)), envelope_page);
    information.bits |= abi::MessageInformation::enveloped;
    return say(caller, number, first, information, abi::MessageWords{at});
}

Heard Talkers::heard(process::Thread& thread) {
    const hal::UserContext& context = thread.context;
    return {.status = context.status,
            .information = {context.values[0]},
            .badge = context.values[1],
            .words = {context.values[2], context.values[3], context.values[4], context.values[5]}};
}

std::array<abi::Handle, abi::most_transferred> Talkers::received(process::Process& process) {
    abi::Envelope envelope;
    const std::uint64_t at = programs.put(process, {}, envelope_page);
    programs.act([&] { envelope = *memory::read_value<abi::Envelope>(*process.space, {at}); });
    return envelope.received;
}

} // namespace fake
