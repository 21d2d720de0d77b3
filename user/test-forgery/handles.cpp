// Handles by force: guessed, counted through, and kept beyond the capability's end.
#include <algorithm>
#include <array>

#include "kernel/base/pseudo_random.h"
#include "user/lib/memory.h"
#include "user/lib/terminal.h"
#include "user/test-forgery/parts.h"

namespace test {
namespace {

constexpr std::uint64_t badge = 5;

/// Does with a handle what would hurt its owner. None of it may succeed.
void misuse(std::uint64_t word) {
    const Handle handle = abi::to_handle(word);
    constexpr MessageInformation immediate{MessageInformation::immediate};
    must_fail(call::identify(handle), Error::bad_handle, "identify what was not given");
    must_fail(call::signal(handle), Error::bad_handle, "signal what was not given");
    must_fail(call::send(handle, {1, 2, 3, 4}, immediate), Error::bad_handle, "send to what was not given");
    must_fail(call::receive(handle, immediate), Error::bad_handle, "receive from what was not given");
    must_fail(call::kill(handle, 1), Error::bad_handle, "kill what was not given");
    must_fail(call::write(handle, "x"), Error::bad_handle, "write to what was not given");
    must_fail(call::destroy(handle), Error::bad_handle, "destroy what was not given");
    must_fail(call::close(handle), Error::bad_handle, "close what was not given");
    must_fail(call::derive(handle, right::read), Error::bad_handle, "derive from what was not given");
}

/// To the one that it was given, or the terminal behind its standard handles; and never to receive from.
bool is_for_calls(const call::Identity& identity) {
    const bool is_known = identity.badge == badge || identity.badge == terminal_permission::input ||
                          identity.badge == terminal_permission::output;
    return is_known && !identity.rights.includes(right::read);
}

/// What a forger may come across, for it is its own: what it was given, its output, itself and its threads.
bool is_own(const call::Identity& identity) {
    switch (identity.type) {
    case abi::ObjectType::endpoint: return is_for_calls(identity);
    case abi::ObjectType::process:
    case abi::ObjectType::thread:
    case abi::ObjectType::null: return true;
    default: return false;
    }
}

/// Its own handles are left alone: it needs them.
void try_handle(std::uint64_t word) {
    const auto identity = call::identify(abi::to_handle(word));
    if (!identity) return misuse(word);
    if (!is_own(*identity)) fail("a guess has hit something", abi::name(identity->type));
}

void be_guesser() {
    for (std::uint32_t slot = 0; slot < 300; ++slot)
        for (std::uint32_t generation = 0; generation < 8; ++generation)
            try_handle(abi::to_word({slot, generation}));
    base::PseudoRandom random(1);
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t word = random.next();
        try_handle(word);
        try_handle(word & 0x0000'000f'0000'00ff);
    }
}

void guessed() {
    const Victim victim;
    const Handle endpoint = must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint");
    const Handle badged = must(call::derive(endpoint, right::all, badge), "derive with a badge");
    const abi::Grant given[] = {grant("service", badged, right::write | right::call)};
    finish(start_bare_role("guesser", given));
    must_fail(call::receive(endpoint, {MessageInformation::immediate}), Error::would_block,
              "somebody has sent");
    victim.check_untouched();
}

/// The same slot is filled again and again; what was in it before stays nothing.
void replayed() {
    constexpr std::size_t generations = 40;
    std::array<std::uint64_t, generations> old{};
    for (std::size_t i = 0; i < generations; ++i) {
        const auto type = i % 2 == 0 ? abi::ObjectType::memory : abi::ObjectType::notification;
        const Handle handle = must(call::create(type, page_size), "make an object");
        for (std::size_t each = 0; each < i; ++each) misuse(old[each]);
        must(call::identify(handle), "the present one is as it was");
        must(call::close(handle), "close it");
        old[i] = abi::to_word(handle);
    }
    for (const std::uint64_t each : old) misuse(each);
}

/// The program runs again, in the same slot perhaps: the old handle is not for it.
void replayed_process() {
    Handle old{};
    {
        const std::string_view arguments[] = {"true"};
        const auto process = must(Process::spawn("true", {.arguments = arguments}), "start a program");
        must(process.wait(), "wait for it");
        old = process.handle();
    }
    const Victim again;
    misuse(abi::to_word(old));
    again.check_untouched();
}

constexpr Case cases[] = {
    {"handles-guessed", guessed},
    {"handles-replayed", replayed},
    {"process-replayed", replayed_process},
};

constexpr Case roles[] = {{"guesser", be_guesser}};

} // namespace

const Cases handle_cases = cases, handle_roles = roles;

} // namespace test
