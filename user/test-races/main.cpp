// Threads of one process that do the same at the same time, on several CPUs if there are: touch fresh pages,
// unmap what another one uses.
#include <array>
#include <atomic>

#include "user/lib/check.h"
#include "user/lib/copies.h"
#include "user/lib/memory.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constexpr Rights read_write = right::read | right::write;
constexpr std::size_t thread_count = 4;
constexpr std::uint64_t pages = 256;

struct Race {
    std::atomic<std::uint32_t> ready = 0;
    std::uint64_t address = 0;
};

/// Each thread comes to each page at about the same time as the others, and finds it missing, or just put
/// there. A round per page keeps them together.
std::int64_t touch_all(void* argument) {
    auto& race = *static_cast<Race*>(argument);
    for (std::uint64_t page = 0; page < pages; ++page) {
        race.ready.fetch_add(1);
        for (unsigned polls = 0; race.ready.load() < (page + 1) * thread_count; ++polls)
            if (polls % 1000 == 999) (void)call::yield();
        reinterpret_cast<std::atomic<std::uint64_t>*>(race.address + page * page_size)->fetch_add(1);
    }
    return 0;
}

/// Every page has been counted up once by each thread: none saw a page that another one did not.
bool all_counted(std::uint64_t address) {
    for (std::uint64_t page = 0; page < pages; ++page)
        if (*reinterpret_cast<const std::uint64_t*>(address + page * page_size) != thread_count) return false;
    return true;
}

bool touch_together() {
    const auto mapping = Mapping::create(pages * page_size, read_write);
    if (!mapping) return false;
    Race race{.address = mapping->address()};
    std::array<Thread, thread_count> threads;
    for (Thread& thread : threads)
        if (auto started = Thread::start(touch_all, &race)) thread = std::move(*started);
    for (Thread& thread : threads)
        if (!thread.join()) return false;
    return all_counted(mapping->address());
}

/// In a copy: one thread writes to a page, which the other one takes away.
std::int64_t write_for_ever(void* argument) {
    for (auto& counter = *static_cast<std::atomic<std::uint64_t>*>(argument);;) counter.fetch_add(1);
}

int take_away(std::string_view how) {
    const auto mapping = Mapping::create(page_size, read_write);
    if (!mapping) return 2;
    auto& counter = *reinterpret_cast<std::atomic<std::uint64_t>*>(mapping->address());
    const auto writer = Thread::start(write_for_ever, &counter);
    if (!writer) return 2;
    while (counter.load() < 1000) (void)call::yield();
    if (how == "unmap") (void)call::unmap(mapping->address(), page_size);
    if (how == "protect") (void)call::protect(mapping->address(), page_size, right::read);
    (void)call::sleep(never); // The writer's fault ends us, or nothing does.
    return 3;
}

void test_taking_away(Checks& checks, std::string_view how) {
    bool all = true;
    for (int round = 0; round < 10; ++round) {
        const auto child = start_copy("test-races", how);
        const auto end = child ? child->wait((now() + seconds(20)).value) : std::unexpected(child.error());
        all = end && end->ending == abi::Ending::faulted && all;
        if (child && !end) (void)child->kill(0);
    }
    checks.check(all, how);
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1) return take_away(arguments[1]);
    Checks checks("test-races");
    bool all = true;
    for (int round = 0; round < 20; ++round) all = touch_together() && all;
    checks.check(all, "four threads touch the same fresh pages");
    test_taking_away(checks, "unmap");
    test_taking_away(checks, "protect");
    return checks.finish();
}
