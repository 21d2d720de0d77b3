// Keeps a CPU busy: spin [SECONDS]. Without a number it does so until it is ended.
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constinit volatile std::uint32_t place = 0;

/// Long enough that asking for the time is rare.
void turn() {
    for (std::uint32_t i = 0; i < 10'000; ++i) place = i;
}

} // namespace

int main(Arguments arguments) {
    const auto limit = arguments.size() > 1 ? parse_number(arguments[1]) : never / 1'000'000'000;
    if (!limit) {
        print_error("usage: spin [SECONDS]\n");
        return 1;
    }
    const Nanoseconds start = now();
    std::uint64_t turns = 0;
    for (; (now() - start).value / 1'000'000'000 < *limit; ++turns) turn();
    print("spin: {} turns\n", turns);
    return 0;
}
