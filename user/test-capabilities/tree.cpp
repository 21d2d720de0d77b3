// What derives from what, in one process; and memory that is used again.
#include <algorithm>

#include "user/lib/capabilities.h"
#include "user/test-capabilities/tests.h"

namespace test {

namespace {

/// The slot of what a capability of this process's was derived from, as the kernel tells it.
std::uint32_t source_of(Handle handle, std::uint64_t badge) {
    std::uint32_t slot = 0;
    const auto told = for_each_capability([&](const abi::CapabilityRecord& record) {
        if (record.badge == badge && record.handle == handle) slot = record.source_slot;
    });
    return told ? slot : 0;
}

} // namespace

void harmless(Checks& checks) {
    const auto memory = Memory::create(page_size);
    if (!checks.succeeds(memory, "create memory")) return;
    checks.succeeds(call::revoke(memory->handle()), "revoke without descendants");
    checks.succeeds(call::identify(memory->handle()), "it is there still");
    checks.succeeds(call::revoke(memory->handle()), "revoke again");
    const auto copied = call::derive(memory->handle(), right::read);
    checks.succeeds(copied, "derive after a revoke");
    checks.fails(call::revoke({200, 1}), Error::bad_handle, "revoke an empty slot");
    if (copied) checks.succeeds(call::close(*copied), "close what was derived");
    if (copied) checks.fails(call::revoke(*copied), Error::bad_handle, "revoke a closed one");
    checks.succeeds(call::revoke(abi::self_process), "revoke the own process's copies");
    checks.succeeds(call::identify(abi::self_process), "the own process is there still");
}

void siblings(Checks& checks) {
    const auto memory = Memory::create(page_size);
    if (!checks.succeeds(memory, "create memory")) return;
    const auto one = call::derive(memory->handle(), right::all);
    const auto two = call::derive(memory->handle(), right::all);
    const auto under_one = one ? call::derive(*one, right::read) : one;
    const auto under_two = two ? call::derive(*two, right::read) : two;
    if (!checks.check(under_one && under_two, "derive two, and one from each")) return;
    checks.succeeds(call::revoke(*one), "revoke the first");
    names_nothing(checks, *under_one, "its copy");
    for (const Handle handle : {memory->handle(), *one, *two, *under_two})
        checks.succeeds(call::identify(handle), "the original, the sibling and its copy are there");
    checks.succeeds(call::revoke(memory->handle()), "revoke the original");
    for (const Handle handle : {*one, *two, *under_two}) names_nothing(checks, handle, "all copies");
    checks.succeeds(call::identify(memory->handle()), "the original is there");
}

/// Badges, which no other process has, tell our capabilities from those in the same slots of others.
void middle(Checks& checks) {
    constexpr std::uint64_t mark = 0x6d69'6464'6c65;
    const auto endpoint = call::create(abi::ObjectType::endpoint, 0);
    const auto original = endpoint ? call::derive(*endpoint, right::all, mark) : endpoint;
    const auto between = original ? call::derive(*original, right::all) : original;
    const auto one = between ? call::derive(*between, right::all) : between;
    const auto two = between ? call::derive(*between, right::all) : between;
    if (!checks.check(one && two, "derive one from another, and two from that")) return;
    checks.check(source_of(*one, mark) == between->slot, "their source is the one between");
    checks.succeeds(call::close(*between), "close it");
    for (const Handle handle : {*one, *two}) {
        checks.succeeds(call::identify(handle), "what derives from it is there");
        checks.check(source_of(handle, mark) == original->slot, "its source is the one before");
    }
    checks.succeeds(call::revoke(*original), "revoke the one before");
    for (const Handle handle : {*one, *two}) names_nothing(checks, handle, "what is beneath it now");
}

void reuse(Checks& checks) {
    constexpr std::uint64_t size = 64 * page_size;
    bool clean = true;
    for (int round = 0; round < 32; ++round) {
        const auto memory = Memory::create(size);
        const auto window = memory ? memory->map(read_write) : std::unexpected(memory.error());
        if (!window) return (void)checks.succeeds(window, "create and map memory");
        clean = clean && std::ranges::all_of(window->bytes(), [](std::byte b) { return b == std::byte{0}; });
        std::ranges::fill(window->bytes(), std::byte{0x5a});
        const auto copied = call::derive(memory->handle(), right::read);
        if (const auto done = call::destroy(memory->handle()); !done)
            return (void)checks.succeeds(done, "destroy it");
        clean = clean && copied && !call::identify(*copied);
    }
    checks.check(clean, "memory is empty, whoever has had its frames before");
}

} // namespace test
