// Spawn, kill, map, share, start threads: each an operation that leaves nothing behind.
#include "user/stress/operations.h"

#include <array>

#include "user/lib/copies.h"
#include "user/lib/memory.h"
#include "user/lib/print.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

namespace stress {

using namespace trivium;

namespace {

constexpr Rights read_write = right::read | right::write;

template <class T>
Result<void> only_error(const Result<T>& result) {
    if (!result) return std::unexpected(result.error());
    return {};
}

Result<void> ended_as(const Result<End>& end, abi::Ending wanted) {
    if (!end) return std::unexpected(end.error());
    if (end->ending != wanted) return std::unexpected(Error::corrupt);
    return {};
}

Result<void> spawn_and_wait(base::PseudoRandom&) {
    return ended_as(run_copy("true", "argument"), abi::Ending::exited);
}

Result<void> spawn_and_kill(base::PseudoRandom& random) {
    const auto victim = start_copy("stress", "wait");
    if (!victim) return std::unexpected(victim.error());
    if (random.below(2) == 0) sleep_for(base::microseconds(random.below(2000)));
    if (const auto killed = victim->kill(1); !killed) return killed;
    return ended_as(victim->wait(), abi::Ending::killed);
}

/// Maps pages, touches them, takes one away again: not the first or last, whose place another thread's
/// mapping could take before the rest goes.
Result<void> map_and_unmap(base::PseudoRandom& random) {
    const std::uint64_t pages = 3 + random.below(14);
    const auto mapping = Mapping::create(pages * page_size, read_write);
    if (!mapping) return std::unexpected(mapping.error());
    for (std::uint64_t page = 0; page < pages; ++page) {
        volatile std::byte& first = mapping->bytes()[page * page_size];
        if (first != std::byte{0}) return std::unexpected(Error::corrupt);
        first = std::byte{1};
    }
    const std::uint64_t middle = mapping->address() + (1 + random.below(pages - 2)) * page_size;
    if (const auto done = call::protect(middle, page_size, right::read); !done) return done;
    return call::unmap(middle, page_size);
}

Result<void> share_memory(base::PseudoRandom& random) {
    const auto memory = Memory::create((1 + random.below(8)) * page_size);
    if (!memory) return std::unexpected(memory.error());
    const auto one = memory->map(read_write);
    if (!one) return std::unexpected(one.error());
    const auto other = memory->map(right::read);
    if (!other) return std::unexpected(other.error());
    const std::size_t place = random.below(memory->size());
    one->bytes()[place] = std::byte{7};
    if (other->bytes()[place] != std::byte{7}) return std::unexpected(Error::corrupt);
    return {};
}

std::int64_t nap(void*) {
    (void)call::yield();
    sleep_for(base::microseconds(100));
    return 3;
}

Result<void> start_and_join(base::PseudoRandom& random) {
    std::array<Thread, 3> threads;
    for (Thread& thread : threads) {
        auto started = Thread::start(nap, nullptr, static_cast<std::uint8_t>(1 + random.below(16)));
        if (!started) return only_error(started);
        thread = std::move(*started);
    }
    if (random.below(2) == 0) return {}; // Their owner ends them.
    for (Thread& thread : threads)
        if (const auto end = ended_as(thread.join(), abi::Ending::exited); !end) return end;
    return {};
}

Result<void> take_turns(base::PseudoRandom& random) {
    for (std::uint64_t i = random.below(10); i > 0; --i) (void)call::yield();
    sleep_for(base::microseconds(random.below(500)));
    return call::set_affinity(abi::self_process, 1 | random.next() % 256);
}

struct Operation {
    std::string_view name;
    Result<void> (*run)(base::PseudoRandom& random);
};

constexpr std::array<Operation, 6> operations{{
    {"spawn and wait", spawn_and_wait},
    {"spawn and kill", spawn_and_kill},
    {"map and unmap", map_and_unmap},
    {"share memory", share_memory},
    {"start and join", start_and_join},
    {"take turns", take_turns},
}};

} // namespace

void operate(base::PseudoRandom& random, Tally& tally) {
    const Operation& operation = operations[random.below(operations.size())];
    const auto done = operation.run(random);
    ++tally.operations;
    if (done) return;
    if (done.error() == Error::limit_reached || done.error() == Error::out_of_memory) {
        ++tally.limited;
        return;
    }
    ++tally.failed;
    print("stress: {}: {}\n", operation.name, done.error());
}

} // namespace stress
