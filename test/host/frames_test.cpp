// The frame allocator: bad input, order of reuse, reserved ranges, and zones.
#include "kernel/memory/frames.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "kernel/memory/ranges.h"
#include "test/host/fake_hal.h"

using abi::Error;
using base::page_size, base::PhysicalAddress, base::PhysicalRange;
using memory::FrameAllocator, memory::FrameUse;

namespace {

constexpr PhysicalAddress ram_start{0x4000'0000};
constexpr std::uint64_t mib = 1024 * 1024;

/// An allocator over `size` bytes of fake RAM, with nothing reserved but what a test names.
struct Fixture {
    explicit Fixture(std::uint64_t size = 4 * mib, std::vector<PhysicalRange> reserved = {})
        : ram(ram_start, size), frames(std::vector{ram.range()}, reserved) {}

    fake::Ram ram;
    FrameAllocator frames;
};

/// Everything that order-0 allocation yields until there is nothing left.
std::vector<PhysicalAddress> drain(FrameAllocator& frames) {
    std::vector<PhysicalAddress> taken;
    for (auto frame = frames.allocate(); frame; frame = frames.allocate()) taken.push_back(*frame);
    return taken;
}

} // namespace

TEST_CASE("ranges: rounding to pages survives the edges of the address space") {
    using memory::pages_around, memory::pages_inside;
    CHECK(pages_inside({{0x1001}, 0x2fff}) == PhysicalRange{{0x2000}, 0x2000});
    CHECK(pages_inside({{0x1001}, 0xffe}).is_empty());
    CHECK(pages_inside({{~std::uint64_t{0} - 10}, 100}).is_empty());
    CHECK(pages_around({{0x1001}, 1}) == PhysicalRange{{0x1000}, 0x1000});
    CHECK(pages_around({{0x1fff}, 2}) == PhysicalRange{{0x1000}, 0x2000});
    CHECK(pages_around({{0x1000}, 0}).is_empty());
    const PhysicalRange last = pages_around({{0x1000}, ~std::uint64_t{0}});
    CHECK(last.start == PhysicalAddress{0x1000});
    CHECK(last.end() == PhysicalAddress{0} - page_size);
}

TEST_CASE("ranges: gaps between overlapping ranges in any order") {
    const std::vector<PhysicalRange> taken = {
        {{0x5800}, 0x100}, {{0x0}, 0x1800}, {{0x1000}, 0x2000}, {{0xf000}, 0x9000}};
    const PhysicalRange within{{0x1000}, 0xf000};
    const auto first = memory::next_gap(within, taken, within.start);
    CHECK(first == PhysicalRange{{0x3000}, 0x2000});
    const auto second = memory::next_gap(within, taken, first->end());
    CHECK(second == PhysicalRange{{0x6000}, 0x9000});
    CHECK_FALSE(memory::next_gap(within, taken, second->end()));
    CHECK(memory::next_gap(within, {}, PhysicalAddress{0}) == within);
    // Behind each another begins, and they are listed from the last to the first.
    const std::vector<PhysicalRange> chain = {{{0x3000}, 0x1000}, {{0x2000}, 0x1000}, {{0x1000}, 0x1000}};
    CHECK(memory::next_gap(within, chain, within.start) == PhysicalRange{{0x4000}, 0xc000});
}

TEST_CASE("frames: hands out each frame once and reports exhaustion") {
    Fixture fixture;
    const std::uint64_t total = fixture.frames.statistics().total;
    CHECK(total < 1024);
    CHECK(total > 1000); // Metadata costs under one percent.
    const auto taken = drain(fixture.frames);
    CHECK(taken.size() == total);
    CHECK(std::set(taken.begin(), taken.end()).size() == total);
    for (const PhysicalAddress frame : taken) CHECK(fixture.ram.range().contains({frame, page_size}));
    CHECK(fixture.frames.statistics().free == 0);
    CHECK(fixture.frames.allocate().error() == Error::out_of_memory);
    CHECK(fixture.frames.allocate(3).error() == Error::out_of_memory);
    for (const PhysicalAddress frame : taken) CHECK(fixture.frames.free(frame));
    CHECK(fixture.frames.statistics().free == total);
    CHECK(fixture.frames.verify());
}

TEST_CASE("frames: blocks are aligned to their size, and none is too large to ask for") {
    Fixture fixture(16 * mib);
    for (unsigned order = 0; order <= 10; ++order) {
        const auto block = fixture.frames.allocate(order);
        REQUIRE(block);
        CHECK(block->is_aligned(page_size << order));
    }
    CHECK(fixture.frames.allocate(FrameAllocator::max_order).error() == Error::out_of_memory);
    CHECK(fixture.frames.allocate(FrameAllocator::max_order + 1).error() == Error::too_large);
    CHECK(fixture.frames.allocate(~0u).error() == Error::too_large);
}

TEST_CASE("frames: what was freed last is used first") {
    Fixture fixture;
    std::vector<PhysicalAddress> taken;
    for (int i = 0; i < 200; ++i) taken.push_back(*fixture.frames.allocate());
    for (const std::size_t i : {17u, 16u, 180u, 3u}) CHECK(fixture.frames.free(taken[i]));
    for (const std::size_t i : {3u, 180u, 16u, 17u}) CHECK(fixture.frames.allocate() == taken[i]);
    // However many are freed, the last is the first.
    for (const PhysicalAddress frame : taken) {
        CHECK(fixture.frames.free(frame));
        CHECK(fixture.frames.allocate() == frame);
        CHECK(fixture.frames.free(frame));
    }
    CHECK(fixture.frames.allocate() == taken.back());
    CHECK(fixture.frames.verify());
}

TEST_CASE("frames: freed blocks merge to what they were cut from") {
    Fixture fixture;
    const auto before = fixture.frames.statistics();
    for (const PhysicalAddress frame : drain(fixture.frames)) CHECK(fixture.frames.free(frame));
    // The recent frames merge when a larger block is wanted.
    const auto large = fixture.frames.allocate(9);
    REQUIRE(large);
    CHECK(fixture.frames.statistics().recent == 0);
    CHECK(fixture.frames.free(*large));
    CHECK(fixture.frames.statistics().free_blocks == before.free_blocks);
    CHECK(fixture.frames.verify());
}

TEST_CASE("frames: bad frees are told apart and change nothing") {
    const PhysicalRange reserved{ram_start + 2 * mib, mib};
    Fixture fixture(4 * mib, {reserved});
    FrameAllocator& frames = fixture.frames;
    const auto block = *frames.allocate(2);
    const auto single = *frames.allocate();
    const auto before = frames.statistics();

    CHECK(frames.free(block + 1).error() == Error::misaligned);
    CHECK(frames.free(block + page_size).error() == Error::misaligned);
    CHECK(frames.free(reserved.start).error() == Error::foreign);
    CHECK(frames.free(ram_start).error() == Error::foreign); // The allocator's own metadata.
    CHECK(frames.free(ram_start - page_size).error() == Error::foreign);
    CHECK(frames.free(fixture.ram.range().end()).error() == Error::foreign);
    CHECK(frames.free(PhysicalAddress{0}).error() == Error::foreign);
    CHECK(frames.free(PhysicalAddress{0} - page_size).error() == Error::foreign);
    CHECK(frames.statistics().free == before.free);

    CHECK(frames.free(single));
    CHECK(frames.free(single).error() == Error::already_freed);
    CHECK(frames.free(block));
    for (int i = 0; i < 4; ++i) CHECK(frames.free(block + i * page_size).error() == Error::already_freed);
    CHECK(frames.verify());
}

TEST_CASE("frames: a block and its use are found from any address inside") {
    Fixture fixture;
    const auto block = *fixture.frames.allocate(4, FrameUse::slab);
    for (const std::uint64_t offset : {0ull, 1ull, 4096ull, 0xffffull}) {
        const auto found = fixture.frames.find(block + offset);
        REQUIRE(found);
        CHECK(found->start == block);
        CHECK(found->order == 4);
        CHECK(found->use == FrameUse::slab);
    }
    CHECK(fixture.frames.statistics().used[static_cast<std::size_t>(FrameUse::slab)] == 16);
    CHECK(fixture.frames.free(block));
    CHECK(fixture.frames.find(block).error() == Error::already_freed);
    CHECK(fixture.frames.find({0}).error() == Error::foreign);
}

TEST_CASE("frames: reserved ranges may overlap, be unaligned, and lie outside of RAM") {
    const std::vector<PhysicalRange> reserved = {
        {ram_start - mib, 2 * mib},           {ram_start + 512 * 1024, mib},  {ram_start + 3 * mib + 1, 1},
        {ram_start + 3 * mib + 4095, 2},      {ram_start + 4 * mib - 1, mib}, {{0}, 0},
        {{~std::uint64_t{0} - 100}, 1000000}, {ram_start + 2 * mib, 0},
    };
    fake::Ram ram(ram_start, 4 * mib);
    for (const PhysicalRange& range : reserved) {
        const std::uint64_t from = std::max(range.start.value, ram_start.value);
        const std::uint64_t to = std::min(range.end().value, ram.range().end().value);
        if (from < to) ram.forbid({{from}, to - from});
    }
    FrameAllocator frames(std::vector{ram.range()}, reserved);
    const auto taken = drain(frames);
    // 2.5 MiB are left, less three pages, less the metadata.
    CHECK(taken.size() <= 640 - 3);
    CHECK(taken.size() >= 640 - 3 - 7);
    for (const PhysicalAddress frame : taken)
        for (const PhysicalRange& range : reserved)
            CHECK_FALSE(PhysicalRange{frame, page_size}.overlaps(range));
}

TEST_CASE("frames: RAM is rounded inward, and frame 0 is never handed out") {
    fake::Ram ram({0}, mib);
    FrameAllocator frames(std::vector{PhysicalRange{{0}, mib - 1}}, {});
    const auto taken = drain(frames);
    CHECK(std::ranges::find(taken, PhysicalAddress{0}) == taken.end());
    CHECK(std::ranges::max(taken) == PhysicalAddress{mib - 2 * page_size});
    CHECK(frames.free({0}).error() == Error::foreign);
}

TEST_CASE("frames: too little RAM is no RAM, not a crash") {
    fake::Ram ram(ram_start, mib);
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, page_size - 1, page_size}) {
        FrameAllocator frames(std::vector{PhysicalRange{ram_start, size}}, {});
        CHECK(frames.statistics().total == 0);
        CHECK(frames.allocate().error() == Error::out_of_memory);
        CHECK(frames.free(ram_start).error() ==
              (frames.statistics().total == 0 ? Error::foreign : Error::already_freed));
    }
    FrameAllocator two(std::vector{PhysicalRange{ram_start, 2 * page_size}}, {});
    CHECK(two.statistics().total == 1);
    FrameAllocator all_reserved(std::vector{ram.range()}, std::vector{ram.range()});
    CHECK(all_reserved.statistics().total == 0);
    FrameAllocator none({}, {});
    CHECK(none.allocate().error() == Error::out_of_memory);
}

TEST_CASE("frames: two zones with a hole of 2 GiB between them, which costs nothing") {
    constexpr std::uint64_t gib = 1024 * mib;
    fake::Ram ram({0}, 6 * gib);
    ram.forbid({{2 * gib}, 2 * gib});
    const std::vector<PhysicalRange> memory = {{{0}, 2 * gib}, {{4 * gib}, 2 * gib}};
    FrameAllocator frames(memory, {});
    const auto& statistics = frames.statistics();
    CHECK(statistics.total > 4 * gib / page_size * 99 / 100);
    CHECK(statistics.free_blocks[FrameAllocator::max_order] == 2);
    const auto first = frames.allocate(FrameAllocator::max_order),
               second = frames.allocate(FrameAllocator::max_order);
    REQUIRE(first);
    REQUIRE(second);
    CHECK((*first < PhysicalAddress{2 * gib}) != (*second < PhysicalAddress{2 * gib}));
    CHECK(frames.allocate(FrameAllocator::max_order).error() == Error::out_of_memory);
    CHECK(frames.free({3 * gib}).error() == Error::foreign);
    CHECK(frames.free(*first));
    CHECK(frames.free(*second));
    CHECK(statistics.free == statistics.total);
}
