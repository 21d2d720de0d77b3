// Conversions between counter ticks and nanoseconds, against exact arithmetic.
#include <doctest/doctest.h>

#include <random>

#include "kernel/base/time.h"
#include "test/host/seed.h"

namespace {

using base::TickScale;

std::uint64_t exact(std::uint64_t value, std::uint64_t from, std::uint64_t to) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) * to / from);
}

} // namespace

TEST_CASE("tick scale: the rates of real counters over a century of uptime") {
    std::mt19937_64 random(test::seed(11));
    constexpr std::uint64_t century = 100ull * 366 * 86'400 * base::nanoseconds_per_second;
    for (const std::uint64_t hertz :
         {10'000'000ull, 24'000'000ull, 62'500'000ull, 1'000'000'000ull, 2'596'123'436ull}) {
        const TickScale ticks = TickScale::between(base::nanoseconds_per_second, hertz);
        const TickScale nanoseconds = TickScale::between(hertz, base::nanoseconds_per_second);
        for (int i = 0; i < 20'000; ++i) {
            const std::uint64_t time = random() % century;
            const std::uint64_t there = exact(time, base::nanoseconds_per_second, hertz);
            REQUIRE(there - ticks(time) <= 1);
            REQUIRE(exact(there, hertz, base::nanoseconds_per_second) - nanoseconds(there) <= 1);
        }
    }
}

TEST_CASE("tick scale: one that was never set is known to be so") {
    CHECK_FALSE(TickScale{}.is_known());
    CHECK(TickScale::between(1, 1).is_known());
    CHECK(TickScale::between(3, 1).is_known());
}
