// Each operation, repeated.
#include "user/bench/operations.h"

#include <array>

#include "user/lib/grants.h"
#include "user/lib/memory.h"
#include "user/lib/process.h"

namespace bench {

using namespace trivium;

namespace {

constexpr std::uint64_t first_cpu = 1; // As an affinity: both sides of yield() must share a CPU.

/// Runs `operation` ten times: what the loop itself costs is then less than one instruction of each.
template <class Operation>
[[gnu::always_inline]] inline void ten_times(Operation operation) {
    operation(), operation(), operation(), operation(), operation();
    operation(), operation(), operation(), operation(), operation();
}

/// Maps pages, and times the first touch of each.
Result<Nanoseconds> touch_new_pages(std::uint64_t count) {
    const auto mapping = Mapping::create(count * page_size, right::read | right::write);
    if (!mapping) return std::unexpected(mapping.error());
    auto* const bytes = reinterpret_cast<volatile std::byte*>(mapping->address());
    const Nanoseconds start = now();
    for (std::uint64_t page = 0; page < count; ++page) bytes[page * page_size] = std::byte{1};
    return now() - start;
}

} // namespace

Result<Measured> null_syscall() {
    constexpr std::uint64_t loops = 10'000;
    const Nanoseconds start = now();
    for (std::uint64_t i = 0; i < loops; ++i) ten_times([] { (void)call::null(); });
    return Measured{now() - start, loops * 10};
}

Result<Measured> yield() {
    constexpr std::uint64_t loops = 2'000;
    constexpr std::string_view arguments[] = {"bench", partner_argument};
    const auto grants = GrantList::usual();
    if (const auto pinned = call::set_affinity(abi::self_process, first_cpu); !pinned)
        return std::unexpected(pinned.error());
    const auto partner = Process::spawn("bench", {.arguments = arguments, .grants = grants.view()});
    if (!partner) return std::unexpected(partner.error());
    if (const auto pinned = call::set_affinity(partner->handle(), first_cpu); !pinned)
        return std::unexpected(pinned.error());
    sleep_for(milliseconds(1)); // It gets as far as its loop.
    const Nanoseconds start = now();
    for (std::uint64_t i = 0; i < loops; ++i) ten_times([] { (void)call::yield(); });
    const Nanoseconds time = now() - start;
    (void)partner->kill(0);
    (void)partner->wait();
    (void)call::set_affinity(abi::self_process, ~std::uint64_t{0});
    return Measured{time, 2 * loops * 10}; // The partner has yielded as often.
}

void be_partner() {
    for (;;) (void)call::yield();
}

Result<Measured> demand_zero_page() {
    constexpr std::uint64_t rounds = 40, pages = 512;
    Measured total;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const auto time = touch_new_pages(pages);
        if (!time) return std::unexpected(time.error());
        total.time = total.time + *time;
        total.repetitions += pages;
    }
    return total;
}

Result<Measured> spawn_exit_wait() {
    constexpr std::uint64_t repetitions = 500;
    constexpr std::string_view arguments[] = {"true"};
    const auto file = File::open("true");
    if (!file) return std::unexpected(file.error());
    const auto image = file->image();
    if (!image) return std::unexpected(image.error());
    const Nanoseconds start = now();
    for (std::uint64_t i = 0; i < repetitions; ++i) {
        const auto process = Process::spawn(*image, {.arguments = arguments});
        if (!process) return std::unexpected(process.error());
        if (const auto end = process->wait(); !end) return std::unexpected(end.error());
    }
    return Measured{now() - start, repetitions};
}

} // namespace bench
