// The page-table walker with the host's format: large leaves, splitting, each refusal, and no table lost or
// leaked.
#include "kernel/memory/page_table.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "test/host/fake_hal.h"
#include "test/host/seed.h"

using abi::Error;
using base::page_size, base::PageAttributes, base::PhysicalAddress, base::VirtualAddress;
using memory::Leaves;

namespace {

using Table = memory::PageTable<platform::PageFormat>;

constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
constexpr PhysicalAddress ram_start{0x10'0000};
constexpr VirtualAddress at{0xffff'8000'4000'0000}; // Aligned to 1 GiB.
constexpr PhysicalAddress to{0x4000'0000};
constexpr PageAttributes read_write{.writable = true, .global = true};
constexpr PageAttributes read_only{.global = true};

/// Frames for tables from fake RAM; counts those in use, and can be told to run out.
struct Fixture {
    Fixture() : ram(ram_start, 4 * mib), table(*Table::create(source())) {}

    memory::FrameSource source() {
        return {
            .allocate = [](void* context) { return static_cast<Fixture*>(context)->allocate(); },
            .free = [](void* context, PhysicalAddress frame) { static_cast<Fixture*>(context)->free(frame); },
            .context = this};
    }

    std::expected<PhysicalAddress, Error> allocate() {
        if (in_use.size() >= limit) return std::unexpected(Error::out_of_memory);
        PhysicalAddress frame = ram_start;
        while (in_use.contains(frame.value)) frame += page_size;
        in_use.insert(frame.value);
        return frame;
    }

    void free(PhysicalAddress frame) { REQUIRE(in_use.erase(frame.value) == 1); }

    fake::Ram ram;
    std::set<std::uint64_t> in_use;
    std::size_t limit = 1000;
    Table table;
};

} // namespace

TEST_CASE("page table: an empty one translates nothing") {
    Fixture fixture;
    CHECK(fixture.in_use.size() == 1);
    CHECK_FALSE(fixture.table.lookup(at));
    CHECK_FALSE(fixture.table.lookup({0}));
    CHECK_FALSE(fixture.table.lookup({0x1234'5678'9abc'def0})); // No table reaches there.
    const memory::Run run = fixture.table.first_run(at, gib);
    CHECK(run.size == gib);
    CHECK_FALSE(run.mapped);
}

TEST_CASE("page table: a page is mapped and unmapped, and its tables go with it") {
    Fixture fixture;
    CHECK(fixture.table.map(at, to, page_size, read_write));
    CHECK(fixture.in_use.size() == 4);
    const auto found = fixture.table.lookup(at + 123);
    REQUIRE(found);
    CHECK(found->physical == to + 123);
    CHECK(found->attributes == read_write);
    CHECK(found->level == 0);
    CHECK_FALSE(fixture.table.lookup(at + page_size));
    CHECK_FALSE(fixture.table.lookup(at - 1));
    CHECK(fixture.table.unmap(at, page_size));
    CHECK_FALSE(fixture.table.lookup(at));
    CHECK(fixture.in_use.size() == 1);
}

TEST_CASE("page table: the largest leaves that fit are used") {
    Fixture fixture;
    // 4 KiB before a GiB boundary, a GiB, 2 MiB, and 8 KiB.
    const VirtualAddress start = at - page_size;
    CHECK(fixture.table.map(start, to - page_size, page_size + gib + 2 * mib + 2 * page_size, read_write));
    CHECK(fixture.table.lookup(start)->level == 0);
    CHECK(fixture.table.lookup(at)->level == 2);
    CHECK(fixture.table.lookup(at + gib - 1)->level == 2);
    CHECK(fixture.table.lookup(at + gib)->level == 1);
    CHECK(fixture.table.lookup(at + gib + 2 * mib)->level == 0);
    CHECK(fixture.table.lookup(at + gib + 2 * mib + page_size)->physical == to + gib + 2 * mib + page_size);
    CHECK_FALSE(fixture.table.lookup(at + gib + 2 * mib + 2 * page_size));
    CHECK(fixture.table.lookup(at + 0x1234'5678)->physical == to + 0x1234'5678);
}

TEST_CASE("page table: pages only, when asked, or when the two addresses differ in their low bits") {
    Fixture fixture;
    CHECK(fixture.table.map(at, to, 2 * mib, read_write, Leaves::pages));
    CHECK(fixture.table.lookup(at)->level == 0);
    CHECK(fixture.table.map(at + gib, to + page_size, 4 * mib, read_write));
    CHECK(fixture.table.lookup(at + gib)->level == 0);
    CHECK(fixture.table.lookup(at + gib + 3 * mib)->physical == to + page_size + 3 * mib);
}

TEST_CASE("page table: what is wrong with a request is named, and nothing changes") {
    Fixture fixture;
    Table& table = fixture.table;
    CHECK(table.map(at, to, 2 * page_size, read_write));
    const auto before = fixture.in_use;
    const PageAttributes both{.writable = true, .executable = true};
    constexpr VirtualAddress elsewhere = at + 8 * gib;

    CHECK(table.map(elsewhere, to, page_size, both).error() == Error::invalid_argument);
    CHECK(table.protect(at, page_size, both).error() == Error::invalid_argument);
    CHECK(table.map(elsewhere + 1, to, page_size, read_only).error() == Error::misaligned);
    CHECK(table.map(elsewhere, to + 8, page_size, read_only).error() == Error::misaligned);
    CHECK(table.map(elsewhere, to, page_size - 1, read_only).error() == Error::misaligned);
    CHECK(table.map(elsewhere, to, 0, read_only).error() == Error::invalid_argument);
    CHECK(table.unmap(at, 0).error() == Error::invalid_argument);
    CHECK(table.unmap(at + 5, page_size).error() == Error::misaligned);
    CHECK(table.map({0x0001'0000'0000'0000}, to, page_size, read_only).error() == Error::invalid_argument);
    CHECK(table.map({0x0000'ffff'ffff'f000}, to, 2 * page_size, read_only).error() ==
          Error::invalid_argument);
    CHECK(table.map({0xffff'ffff'ffff'f000}, to, 2 * page_size, read_only).error() ==
          Error::invalid_argument);
    CHECK(table.map(elsewhere, PhysicalAddress{0} - page_size, 2 * page_size, read_only).error() ==
          Error::invalid_argument);

    CHECK(table.map(at, to, page_size, read_only).error() == Error::occupied);
    CHECK(table.map(at - page_size, to, 2 * page_size, read_only).error() == Error::occupied);
    CHECK(table.map(at - gib, to, 4 * gib, read_only).error() == Error::occupied);
    CHECK(table.unmap(elsewhere, page_size).error() == Error::not_found);
    CHECK(table.unmap(at, 3 * page_size).error() == Error::not_found);
    CHECK(table.protect(at - page_size, 2 * page_size, read_only).error() == Error::not_found);
    CHECK(fixture.in_use == before);
    CHECK(table.lookup(at)->attributes == read_write);
}

TEST_CASE("page table: the very last page, and the last of the lower half") {
    Fixture fixture;
    for (const VirtualAddress last :
         {VirtualAddress{0xffff'ffff'ffff'f000}, VirtualAddress{0x0000'ffff'ffff'f000}}) {
        CHECK(fixture.table.map(last, to, page_size, read_only));
        CHECK(fixture.table.lookup(last + 4095)->physical == to + 4095);
        CHECK(fixture.table.protect(last, page_size, read_write));
        CHECK(fixture.table.unmap(last, page_size));
        CHECK(fixture.in_use.size() == 1);
    }
}

TEST_CASE("page table: unmapping a part splits a large leaf, and the rest stays") {
    Fixture fixture;
    CHECK(fixture.table.map(at, to, gib, read_write));
    CHECK(fixture.in_use.size() == 2);
    CHECK(fixture.table.unmap(at + 5 * mib, page_size));
    CHECK(fixture.in_use.size() == 4);
    CHECK_FALSE(fixture.table.lookup(at + 5 * mib));
    CHECK(fixture.table.lookup(at + 5 * mib - 1)->physical == to + 5 * mib - 1);
    CHECK(fixture.table.lookup(at + 5 * mib + page_size)->physical == to + 5 * mib + page_size);
    CHECK(fixture.table.lookup(at + 5 * mib - 1)->level == 0);
    CHECK(fixture.table.lookup(at)->level == 1);
    CHECK(fixture.table.lookup(at + gib - 1)->physical == to + gib - 1);
    CHECK(fixture.table.lookup(at)->attributes == read_write);
    CHECK(fixture.table.unmap(at, 5 * mib));
    CHECK(fixture.table.unmap(at + 5 * mib + page_size, gib - 5 * mib - page_size));
    CHECK(fixture.in_use.size() == 1);
}

TEST_CASE("page table: protecting a part splits at both ends and changes no address") {
    Fixture fixture;
    CHECK(fixture.table.map(at, to, 4 * mib, read_write));
    CHECK(fixture.table.protect(at + mib, 2 * mib, read_only));
    for (const std::uint64_t offset :
         {0 * mib, mib - page_size, mib, 2 * mib, 3 * mib - page_size, 3 * mib}) {
        const auto found = fixture.table.lookup(at + offset);
        REQUIRE(found);
        CHECK(found->physical == to + offset);
        CHECK(found->attributes.writable == (offset < mib || offset >= 3 * mib));
    }
    CHECK(fixture.table.protect(at, 4 * mib, PageAttributes{.executable = true, .user = true}));
    CHECK(fixture.table.lookup(at + 2 * mib)->attributes == PageAttributes{.executable = true, .user = true});
}

TEST_CASE("page table: running out of frames undoes what was begun") {
    for (std::size_t limit = 1; limit < 8; ++limit) {
        Fixture fixture;
        fixture.limit = limit;
        const VirtualAddress start = at - 2 * page_size; // Across a boundary of 1 GiB: two branches.
        const auto mapped = fixture.table.map(start, to, 4 * page_size, read_write);
        CHECK(mapped.has_value() == (limit >= 6));
        if (mapped) continue;
        CHECK(mapped.error() == Error::out_of_memory);
        CHECK(fixture.in_use.size() == 1);
        CHECK_FALSE(fixture.table.lookup(start));
    }
}

TEST_CASE("page table: a split that cannot be made changes nothing that is mapped") {
    for (std::size_t limit = 2; limit < 5; ++limit) {
        Fixture fixture;
        CHECK(fixture.table.map(at, to, gib, read_write));
        fixture.limit = limit;
        const auto done = fixture.table.unmap(at + 2 * mib + page_size, page_size);
        CHECK(done.has_value() == (limit == 4));
        if (done) continue;
        CHECK(done.error() == Error::out_of_memory);
        CHECK(fixture.table.lookup(at + 2 * mib + page_size)->physical == to + 2 * mib + page_size);
    }
    Fixture fixture;
    fixture.limit = 0;
    fixture.in_use.clear();
    CHECK(Table::create(fixture.source()).error() == Error::out_of_memory);
}

TEST_CASE("page table: destroying returns every table") {
    Fixture fixture;
    for (std::uint64_t i = 0; i < 20; ++i)
        CHECK(fixture.table.map(at + i * 513 * mib, to, page_size, read_only));
    fixture.table.destroy();
    CHECK(fixture.in_use.empty());
}

TEST_CASE("page table: 20,000 random changes against a model") {
    Fixture fixture;
    Table& table = fixture.table;

    struct Mapped {
        std::uint64_t physical = 0;
        bool writable = false;
    };

    std::map<std::uint64_t, Mapped> model; // By page number, within 8 MiB.
    constexpr std::uint64_t pages = 8 * mib / page_size;
    std::mt19937_64 random(test::seed(7));
    const auto count_in = [&](std::uint64_t first, std::uint64_t count) {
        return static_cast<std::uint64_t>(
            std::distance(model.lower_bound(first), model.lower_bound(first + count)));
    };
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t first = random() % pages;
        const std::uint64_t count =
            1 + random() % std::min<std::uint64_t>(pages - first, random() % 4 ? 16 : 1200);
        const bool writable = random() % 2;
        const std::uint64_t physical = first + (random() % 2 ? 0 : random() % 512);
        const PageAttributes attributes = writable ? read_write : read_only;
        const VirtualAddress start = at + first * page_size;
        switch (random() % 3) {
        case 0: {
            const auto done = table.map(start, to + physical * page_size, count * page_size, attributes);
            REQUIRE(done.has_value() == (count_in(first, count) == 0));
            if (done)
                for (std::uint64_t page = 0; page < count; ++page)
                    model[first + page] = {physical + page, writable};
            break;
        }
        case 1: {
            const auto done = table.unmap(start, count * page_size);
            REQUIRE(done.has_value() == (count_in(first, count) == count));
            if (done) model.erase(model.lower_bound(first), model.lower_bound(first + count));
            break;
        }
        default: {
            const auto done = table.protect(start, count * page_size, attributes);
            REQUIRE(done.has_value() == (count_in(first, count) == count));
            if (done)
                for (std::uint64_t page = 0; page < count; ++page) model[first + page].writable = writable;
        }
        }
        for (int probe = 0; probe < 8; ++probe) {
            const std::uint64_t page = random() % pages;
            const auto found = table.lookup(at + page * page_size);
            const auto expected = model.find(page);
            REQUIRE(found.has_value() == (expected != model.end()));
            if (!found) continue;
            REQUIRE(found->physical == to + expected->second.physical * page_size);
            REQUIRE(found->attributes.writable == expected->second.writable);
        }
    }
    for (const auto& [page, mapped] : model) REQUIRE(table.unmap(at + page * page_size, page_size));
    CHECK(fixture.in_use.size() == 1);
}
