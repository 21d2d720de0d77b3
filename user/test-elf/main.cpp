// Spawns damaged executables: test-elf SEED COUNT. Each is refused with a reason, or runs until it ends or is
// ended.
#include <algorithm>
#include <array>

#include "user/lib/check.h"
#include "user/lib/grants.h"
#include "user/lib/memory.h"
#include "user/lib/number.h"
#include "user/lib/process.h"
#include "user/lib/program.h"
#include "user/lib/time.h"
#include "user/test-elf/mutation.h"

using namespace trivium;

namespace {

struct Tally {
    std::uint64_t refused = 0;
    std::uint64_t ended = 0;
    std::uint64_t killed = 0;
    std::uint64_t wrong = 0;
};

/// What may be wrong with an executable, and what may run out.
constexpr bool is_reason(Error error) {
    constexpr std::array reasons{Error::corrupt,       Error::unsupported, Error::misaligned,
                                 Error::bad_address,   Error::occupied,    Error::invalid_argument,
                                 Error::limit_reached, Error::too_large,   Error::out_of_memory};
    return std::ranges::find(reasons, error) != reasons.end();
}

/// With nothing to read from, nothing to write to, and little of everything.
Result<Process> spawn(const Image& image) {
    GrantList grants;
    for (const Handle place : {abi::standard_input, abi::standard_output, abi::standard_error})
        if (const auto added = grants.add_standard(place, "null", right::read | right::write); !added)
            return std::unexpected(added.error());
    constexpr std::string_view arguments[] = {"damaged"};
    return Process::spawn(image, {.arguments = arguments,
                                  .grants = grants.view(),
                                  .memory_limit = 4 << 20,
                                  .handle_limit = 16,
                                  .process_limit = 1});
}

void try_out(const Image& image, Tally& tally) {
    const auto process = spawn(image);
    if (!process) {
        ++(is_reason(process.error()) ? tally.refused : tally.wrong);
        if (!is_reason(process.error())) print("     spawn: {}\n", process.error());
        return;
    }
    if (process->wait((now() + milliseconds(50)).value)) {
        ++tally.ended;
        return;
    }
    ++tally.killed;
    (void)process->kill(0);
    if (const auto end = process->wait((now() + seconds(20)).value); !end) ++tally.wrong;
}

/// A fresh copy of the good file, damaged, in memory of its own.
Result<void> try_one(const File& good, base::PseudoRandom& random, Tally& tally) {
    const auto memory = Memory::create(whole_pages(good.size()));
    if (!memory) return std::unexpected(memory.error());
    const auto mapping = memory->map(right::read | right::write);
    if (!mapping) return std::unexpected(mapping.error());
    const auto file = mapping->bytes().first(good.size());
    if (const auto read = good.read(0, file); !read) return std::unexpected(read.error());
    elf::mutate(file, random);
    const std::uint64_t size = random.below(8) == 0 ? random.below(good.size()) : good.size();
    try_out({memory->handle(), 0, size}, tally);
    return {};
}

int test(std::uint64_t seed, std::uint64_t count) {
    Checks checks("test-elf");
    const auto good = File::open("true");
    if (!checks.succeeds(good, "open a good program")) return checks.finish();
    base::PseudoRandom random(seed);
    Tally tally;
    for (std::uint64_t i = 0; i < count; ++i)
        if (const auto done = try_one(*good, random, tally); !done) ++tally.wrong;
    print("     seed {}: {} refused, {} ended by themselves, {} killed, {} wrong\n", seed, tally.refused,
          tally.ended, tally.killed, tally.wrong);
    checks.check(tally.wrong == 0, "each is refused with a reason, or can be ended");
    return checks.finish();
}

} // namespace

int main(Arguments arguments) {
    const auto seed = arguments.size() > 2 ? parse_number(arguments[1]) : std::nullopt;
    const auto count = arguments.size() > 2 ? parse_number(arguments[2]) : std::nullopt;
    if (seed && count) return test(*seed, *count);
    print_error("usage: test-elf SEED COUNT\n");
    return 2;
}
