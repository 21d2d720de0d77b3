// What one CPU does to what another one is using: threads, pages, and words that are being changed. With one
// CPU it is the same by turns.
#include <machine/system_call.h>

#include <array>
#include <atomic>

#include "user/lib/companion.h"
#include "user/lib/memory.h"
#include "user/lib/message.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constexpr Rights read_write = right::read | right::write;
constexpr std::uint64_t first_cpu = 1 << 0;

/// Another CPU than the first, as far as there is one.
std::uint64_t other_cpu(std::uint32_t number = 1) { return std::uint64_t{1} << number % count_cpus(); }

void stay_on(Handle what, std::uint64_t cpu) { must(call::set_affinity(what, cpu), "set an affinity"); }

/// Where there is one CPU, who spins is not to keep us from it.
void send_to(const Process& role, std::uint64_t cpu) {
    must(call::set_priority(role.handle(), abi::default_priority / 2), "lower a role's priority");
    stay_on(role.handle(), cpu);
}

using Counter = std::atomic<std::uint64_t>;

/// Counts, and makes no system call.
struct Spinner {
    Counter& counter;

    void operator()() const {
        for (;;) counter.store(counter.load() + 1);
    }
};

void wait_for_more(const Counter& counter) {
    const std::uint64_t seen = counter;
    wait_until([&] { return counter > seen + 1000; });
}

/// What was told to stop may go on until its CPU has heard of it, and then does not: one that never stops is
/// seen in one of many rounds, if not in each, as its CPU itself may have to wait for the host.
void wait_for_silence(const Counter& counter) {
    for (std::uint64_t seen = ~std::uint64_t{0}; counter != seen; sleep_for(milliseconds(10))) seen = counter;
}

// ---- Threads ---------------------------------------------------------------------------------------------

void suspend_elsewhere() {
    stay_on(abi::self_process, first_cpu);
    Counter counter = 0;
    Companion spinner(Spinner{counter}, 8);
    stay_on(spinner.handle(), other_cpu());
    for (int round = 0; round < 20; ++round) {
        wait_for_more(counter);
        must(call::suspend(spinner.handle()), "suspend what runs elsewhere");
        wait_for_silence(counter);
        must(call::resume(spinner.handle()), "resume it");
    }
    spinner.kill();
}

void kill_elsewhere() {
    stay_on(abi::self_process, first_cpu);
    for (int round = 0; round < 20; ++round) {
        Counter counter = 0;
        Companion spinner(Spinner{counter}, 8);
        stay_on(spinner.handle(), other_cpu(round));
        wait_for_more(counter);
        spinner.kill();
        require(spinner.join().ending == abi::Ending::killed,
                "what was killed elsewhere has ended otherwise");
        wait_for_silence(counter);
    }
}

/// In another process: calls once, so that we know that it runs, and then never ends.
void be_spinner() {
    must(call::call(given("endpoint"), {}), "call");
    for (volatile bool spinning = true; spinning;) {
    }
}

void kill_process_elsewhere() {
    stay_on(abi::self_process, first_cpu);
    const Handle endpoint = must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint");
    const abi::Grant given[] = {grant("endpoint", endpoint, right::write | right::call)};
    for (int round = 0; round < 8; ++round) {
        const Process spinner = start_role("spinner", given);
        must(call::receive(endpoint), "receive");
        send_to(spinner, other_cpu(round));
        must(call::reply({}), "reply");
        sleep_for(milliseconds(1));
        must(spinner.kill(7), "kill a process that runs elsewhere");
        const End end = must(spinner.wait(), "wait for it");
        require(end.ending == abi::Ending::killed && end.code == 7, "it has ended otherwise");
    }
}

// ---- Pages -----------------------------------------------------------------------------------------------

/// One thread puts another page at an address; the other ones, on their CPUs, see what is in that.
struct Reused {
    std::uint64_t address = must(call::map(0, page_size, read_write), "map a page");
    std::atomic<std::uint64_t> round = 0;
    std::array<std::atomic<std::uint64_t>, 3> seen{};

    volatile std::uint64_t& word() const { return *reinterpret_cast<volatile std::uint64_t*>(address); }

    void see(std::size_t who, std::uint64_t rounds) {
        for (std::uint64_t wanted = 1; wanted <= rounds; ++wanted) {
            wait_until([&] { return round == wanted; });
            require(word() == wanted, "an address shows what was there before");
            seen[who] = wanted;
        }
    }

    bool all_have_seen() const {
        for (const auto& each : seen)
            if (each != round) return false;
        return true;
    }
};

void reused_address() {
    constexpr std::uint64_t rounds = 40;
    Reused reused;
    const Companion one([&] { reused.see(0, rounds); });
    const Companion two([&] { reused.see(1, rounds); });
    const Companion three([&] { reused.see(2, rounds); });
    stay_on(one.handle(), other_cpu(1));
    stay_on(two.handle(), other_cpu(2));
    stay_on(three.handle(), other_cpu(3));
    for (std::uint64_t next = 1; next <= rounds; ++next) {
        must(call::unmap(reused.address, page_size), "unmap");
        must(call::map(reused.address, page_size, read_write), "map anew");
        require(reused.word() == 0, "a fresh page shows what was there before");
        reused.word() = next;
        reused.round = next;
        wait_until([&] { return reused.all_have_seen(); });
    }
}

/// Reads what it was given until it is gone.
void be_reader() {
    const Handle memory = given("memory");
    const auto window = must(Mapping::create(page_size, right::read, memory), "map memory");
    must(call::call(given("endpoint"), {}), "say that it is mapped");
    for (const auto* byte = reinterpret_cast<const volatile std::uint8_t*>(window.address());;)
        require(*byte == 42, "memory shows something else");
}

/// All who have it mapped fault, on whichever CPU they are reading it.
void destroyed_everywhere() {
    stay_on(abi::self_process, first_cpu);
    const Handle endpoint = must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint");
    const Memory memory = must(Memory::create(page_size), "make memory");
    const auto window = must(memory.map(read_write), "map it");
    window.bytes()[0] = std::byte{42};
    const abi::Grant given[] = {grant("endpoint", endpoint, right::write | right::call),
                                grant("memory", memory.handle(), right::read)};
    std::array readers{start_role("reader", given), start_role("reader", given), start_role("reader", given)};
    for (std::uint32_t i = 0; i < readers.size(); ++i) {
        const std::uint32_t who = must(call::receive(endpoint), "receive").information.sender();
        for (const Process& reader : readers)
            if (reader.id() == who) send_to(reader, other_cpu(i + 1));
        must(call::reply({}), "reply");
    }
    must(call::destroy(memory.handle()), "destroy what is mapped everywhere");
    for (const Process& reader : readers)
        require(must(reader.wait(), "wait for a reader").ending == abi::Ending::faulted,
                "it can still be read");
}

// ---- Words -----------------------------------------------------------------------------------------------

/// Between load and store another thread runs, which leaves the word as it was.
void reservation() {
    stay_on(abi::self_process, first_cpu);
    std::uint64_t word = 1;
    std::atomic<bool> is_over = false;
    const Companion other([&] {
        while (!is_over) {
            std::atomic_ref(word).store(2);
            std::atomic_ref(word).store(1);
            (void)call::yield();
        }
    });
    for (int round = 0; round < 200; ++round)
        require(!machine::store_after_call(word, static_cast<std::uint64_t>(abi::SystemCall::yield)),
                "a reservation has survived a switch");
    is_over = true;
}

constexpr Case cases[] = {
    {"suspend-elsewhere", suspend_elsewhere},           {"kill-elsewhere", kill_elsewhere},
    {"kill-process-elsewhere", kill_process_elsewhere}, {"reused-address", reused_address},
    {"destroyed-everywhere", destroyed_everywhere},     {"reservation", reservation},
};

constexpr Case roles[] = {{"spinner", be_spinner}, {"reader", be_reader}};

} // namespace

int main(Arguments arguments) {
    const std::array all_cases{Cases(cases)}, all_roles{Cases(roles)};
    return run({.program = "test-smp", .cases = all_cases, .roles = all_roles}, arguments);
}
