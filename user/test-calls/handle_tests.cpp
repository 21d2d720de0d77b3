// Handles: the kernel knows each for what it is, and for how long it was.
#include <array>

#include "kernel/base/text.h"
#include "user/lib/memory.h"
#include "user/test-calls/tests.h"

namespace test {

using namespace trivium;

namespace {

constexpr Handle never_given{0xffff'fff0, 7};
constexpr Handle nothing{};

/// All calls that take a handle first, with one that is no handle.
void with_bad_handle(Checks& checks, Handle handle, std::string_view kind) {
    std::array<std::byte, 16> buffer{};
    const auto fails = [&](const auto& result, std::string_view call) {
        checks.fails(result, Error::bad_handle, base::Text<64>::of("{}, {} handle", call, kind));
    };
    fails(call::read(handle, buffer), "read");
    fails(call::write(handle, "text"), "write");
    fails(call::close(handle), "close");
    fails(call::destroy(handle), "destroy");
    fails(call::wait(handle, 0), "wait");
    fails(call::kill(handle, 0), "kill");
    fails(call::thread_join(handle, 0), "thread_join");
    fails(call::suspend(handle), "suspend");
    fails(call::resume(handle), "resume");
    fails(call::set_priority(handle, 1), "set_priority");
    fails(call::set_affinity(handle, 1), "set_affinity");
    fails(call::inspect(handle, abi::Topic::memory, buffer), "inspect");
}

void stale(Checks& checks) {
    auto first = Memory::create(page_size);
    if (!checks.succeeds(first, "create memory")) return;
    const Handle old = first->handle();
    checks.succeeds(call::close(old), "close");
    const auto second = Memory::create(page_size); // Takes the slot that has become free.
    with_bad_handle(checks, old, "stale");
    checks.check(second && second->handle() != old, "a slot filled again has another handle");
}

void wrong_type(Checks& checks) {
    const auto memory = Memory::create(page_size);
    if (!checks.succeeds(memory, "create memory")) return;
    std::array<std::byte, 16> buffer{};
    checks.fails(call::wait(memory->handle(), 0), Error::wrong_type, "wait for memory");
    checks.fails(call::kill(memory->handle(), 0), Error::wrong_type, "kill memory");
    checks.fails(call::thread_join(abi::self_process, 0), Error::wrong_type, "thread_join of a process");
    checks.fails(call::suspend(memory->handle()), Error::wrong_type, "suspend memory");
    checks.fails(call::inspect(memory->handle(), abi::Topic::memory, buffer), Error::wrong_type,
                 "inspect memory");
    checks.fails(call::set_priority(memory->handle(), 1), Error::wrong_type, "set_priority of memory");
}

void too_few_rights(Checks& checks) {
    const auto random = open("random");
    const auto initrd = open("initrd");
    if (!checks.succeeds(random, "open random") || !checks.succeeds(initrd, "open initrd")) return;
    checks.fails(call::write(random->get(), "text"), Error::not_permitted, "write random");
    checks.fails(call::write(initrd->get(), "text"), Error::not_permitted, "write initrd");
    checks.fails(call::destroy(initrd->get()), Error::not_permitted, "destroy initrd");
    checks.fails(call::map(0, page_size, right::read | right::write, initrd->get()), Error::not_permitted,
                 "map initrd to write");
}

} // namespace

void handles(Checks& checks) {
    with_bad_handle(checks, never_given, "unknown");
    with_bad_handle(checks, nothing, "null");
    stale(checks);
    wrong_type(checks);
    too_few_rights(checks);
}

} // namespace test
