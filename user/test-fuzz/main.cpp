// System calls with random and hostile arguments: test-fuzz SEED COUNT.
//
// A child makes them; a witness sees whether its own memory changes; this process sees whether both lived,
// and whether everything is as it was before.
#include <algorithm>
#include <array>
#include <functional>

#include "kernel/base/text.h"
#include "user/lib/check.h"
#include "user/lib/copies.h"
#include "user/lib/inspect.h"
#include "user/lib/memory.h"
#include "user/lib/number.h"
#include "user/lib/program.h"
#include "user/lib/time.h"
#include "user/test-fuzz/fuzzer.h"

using namespace trivium;

namespace {

/// A copy of this program with nothing to read from and nothing to write to, and little memory.
Result<Process> start_fuzzer(std::string_view seed, std::string_view count) {
    auto grants = GrantList::usual();
    for (const Handle place : {abi::standard_input, abi::standard_output, abi::standard_error})
        if (const auto added = grants.add_standard(place, "null", right::read | right::write); !added)
            return std::unexpected(added.error());
    const std::string_view arguments[] = {"test-fuzz", "fuzz", seed, count};
    return Process::spawn(
        "test-fuzz",
        {.arguments = arguments, .grants = grants.view(), .memory_limit = 8 << 20, .process_limit = 8});
}

constexpr int unprepared = 100;
/// With so many calls each must have succeeded once: else the fuzzer has spoilt what it needs, and tests
/// little.
constexpr std::uint64_t many = 10'000;

int be_fuzzer(Arguments arguments) {
    const auto seed = parse_number(arguments[2]), count = parse_number(arguments[3]);
    fuzz::Fuzzer fuzzer(seed.value_or(0));
    if (!fuzzer.run(count.value_or(0))) return unprepared;
    const auto unsuccessful = count >= many ? fuzzer.never_successful() : std::nullopt;
    return unsuccessful ? static_cast<int>(*unsuccessful) : 0;
}

/// Ends when its memory has changed, which nobody but itself may do.
int be_witness() {
    const auto mapping = Mapping::create(32 * page_size, right::read | right::write);
    if (!mapping) return 2;
    constexpr std::byte mark{0x5c};
    std::ranges::fill(mapping->bytes(), mark);
    while (std::ranges::all_of(mapping->bytes(), [](std::byte each) { return each == mark; }))
        sleep_for(milliseconds(5));
    return 1;
}

/// How many there are of what only commits make and end.
std::array<std::uint32_t, 3> counts() {
    const auto state = inspect_one<abi::StateRecord>(abi::Topic::state);
    if (!state) return {};
    return {state->processes, state->objects, state->capabilities};
}

/// What a process leaves behind is cleared in steps, which may take a moment: so does what the program before
/// this one left, which `before` may have in it.
bool come_down_to(const std::array<std::uint32_t, 3>& before) {
    for (const Nanoseconds limit = now() + seconds(10); now() < limit; sleep_for(milliseconds(5)))
        if (std::ranges::equal(counts(), before, std::less_equal())) return true;
    return false;
}

int test(std::uint64_t seed, std::uint64_t count) {
    Checks checks("test-fuzz");
    (void)File::open("test-fuzz"); // What this opens stays open: before counting, not after.
    const auto before = counts();
    {
        const auto witness = start_copy("test-fuzz", "witness");
        if (!checks.succeeds(witness, "start the witness")) return checks.finish();
        const auto fuzzer = start_fuzzer(base::Text<24>::of("{}", seed), base::Text<24>::of("{}", count));
        if (!checks.succeeds(fuzzer, "start the fuzzer")) return checks.finish();
        const auto end = fuzzer->wait();
        if (end) print("     seed {}: {} calls; {}, code {}\n", seed, count, name(end->ending), end->code);
        checks.check(end && end->ending == abi::Ending::exited && end->code == 0,
                     "it made all its calls, each with success at times");
        checks.fails(witness->wait(0), Error::timed_out, "the witness saw nothing");
        (void)witness->kill(0);
        (void)witness->wait();
    }
    checks.check(come_down_to(before), "no more processes, objects and capabilities than before");
    return checks.finish();
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() == 4 && arguments[1] == "fuzz") return be_fuzzer(arguments);
    if (arguments.size() == 2 && arguments[1] == "witness") return be_witness();
    const auto seed = arguments.size() > 2 ? parse_number(arguments[1]) : std::nullopt;
    const auto count = arguments.size() > 2 ? parse_number(arguments[2]) : std::nullopt;
    if (seed && count) return test(*seed, *count);
    print_error("usage: test-fuzz SEED COUNT\n");
    return 2;
}
