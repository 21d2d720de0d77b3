// The victim, on both sides: what it holds, and how it is asked about it.
#include <algorithm>

#include "user/lib/memory.h"
#include "user/lib/thread.h"
#include "user/test-forgery/parts.h"

namespace test {
namespace {

constexpr std::byte secret{0x5a};

std::int64_t wait_for_ever(void* notification) {
    const auto ended = call::wait(*static_cast<const Handle*>(notification));
    fail("the victim's thread has been woken", ended ? "a signal" : abi::name(ended.error()));
}

bool is_secret(const Mapping& window) {
    return std::ranges::all_of(window.bytes(), [](std::byte byte) { return byte == secret; });
}

/// Sixteen of each, so that there is something to be hit.
struct Belongings {
    static constexpr std::size_t count = 16;
    std::array<Handle, count> endpoints, notifications, memories;
    std::array<Mapping, count> windows;

    Belongings() {
        for (std::size_t i = 0; i < count; ++i) {
            endpoints[i] = must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint");
            notifications[i] = must(call::create(abi::ObjectType::notification, 0), "make a notification");
            memories[i] = must(call::create(abi::ObjectType::memory, page_size), "make memory");
            windows[i] = must(Mapping::create(page_size, right::read | right::write, memories[i]), "map it");
            std::ranges::fill(windows[i].bytes(), secret);
        }
    }

    void check() const {
        for (const Mapping& each : windows)
            require(is_secret(each), "the victim's memory has been written to");
        for (const Handle each : endpoints)
            must_fail(call::receive(each, {MessageInformation::immediate}), Error::would_block,
                      "the victim's endpoint has been sent to");
        for (const Handle each : notifications)
            must_fail(call::wait(each, 0), Error::timed_out, "the victim has been signalled");
    }
};

void be_victim() {
    const Handle asked = given("victim");
    Belongings belongings;
    Handle waited_for = must(call::create(abi::ObjectType::notification, 0), "make a notification");
    const Thread thread = must(Thread::start(wait_for_ever, &waited_for), "start a thread");
    for (;;) {
        must(call::receive(asked), "wait to be asked");
        const std::uint64_t kept = must(call::keep_reply(), "keep the reply while others are looked for");
        belongings.check();
        must(call::reply({1}, kept), "answer");
    }
}

constexpr Case roles[] = {{"victim", be_victim}};

Process start_victim(Handle endpoint) {
    const abi::Grant given[] = {grant("victim", endpoint, right::read)};
    return start_role("victim", given);
}

} // namespace

const Cases victim_roles = roles;

Victim::Victim()
    : endpoint_(must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint")),
      process_(start_victim(endpoint_)) {
    check_untouched();
}

void Victim::check_untouched() const {
    require(must(call::call(endpoint_, {}), "ask the victim").words[0] == 1,
            "the victim answers something else");
    must_fail(process_.wait(0), Error::timed_out, "the victim has ended");
}

} // namespace test
