// Address spaces: what may be mapped where, what a touch puts in place, and what is gone afterwards.
#include <doctest/doctest.h>

#include <algorithm>

#include "kernel/abi/process.h"
#include "kernel/memory/kernel_space.h"
#include "test/host/fake_space.h"

using abi::Error;
using base::page_size, base::VirtualAddress;
using memory::Access, memory::AddressSpace, memory::FrameSet, memory::Permissions;

namespace {

constexpr VirtualAddress at{0x40'0000};
constexpr Permissions reading{.read = true}, writing{.read = true, .write = true},
    executing{.read = true, .execute = true}, nothing{};

bool is_mapped(const AddressSpace& space, VirtualAddress address) {
    return space.table().lookup(address).has_value();
}

} // namespace

TEST_CASE("address space: a region is where it was asked for, and beyond it nothing is") {
    fake::Space test;
    REQUIRE(test.space.map(at, 3 * page_size, writing) == at);
    CHECK(test.space.resolve(at, Access::write));
    CHECK(test.space.resolve(at + (3 * page_size - 1), Access::read));
    CHECK(test.space.resolve(at - 1, Access::read).error() == Error::bad_address);
    CHECK(test.space.resolve(at + 3 * page_size, Access::read).error() == Error::bad_address);
}

TEST_CASE("address space: anonymous pages come zeroed with their first touch, and go back") {
    fake::Space test;
    const std::uint64_t before = test.account.frames();
    REQUIRE(test.space.map(at, 4 * page_size, writing));
    CHECK(test.account.frames() == before);
    const auto place = test.space.resolve(at + page_size + 5, Access::write);
    REQUIRE(place);
    CHECK(place->value % page_size == 5);
    CHECK(test.account.frames() == before + 4); // The page, and the tables of three levels.
    CHECK(std::ranges::all_of(memory::page_bytes(place->aligned_down(page_size)),
                              [](std::byte each) { return each == std::byte{}; }));
    CHECK(test.space.resolve(at + page_size, Access::read) == *place - 5);
    REQUIRE(test.space.unmap(at, 4 * page_size));
    CHECK(test.account.frames() == before);
}

TEST_CASE("address space: ranges that are misaligned, empty, wrapping or outside of user space are refused") {
    fake::Space test;
    const VirtualAddress lowest{abi::lowest_address}, highest{abi::highest_address};
    CHECK(test.space.map(at + 1, page_size, reading).error() == Error::misaligned);
    CHECK(test.space.map(at, page_size + 1, reading).error() == Error::misaligned);
    CHECK(test.space.map(at, 0, reading).error() == Error::invalid_argument);
    CHECK(test.space.map(lowest - page_size, page_size, reading).error() == Error::bad_address);
    CHECK(test.space.map(lowest - page_size, 2 * page_size, reading).error() == Error::bad_address);
    CHECK(test.space.map(highest - page_size, 2 * page_size, reading).error() == Error::bad_address);
    CHECK(test.space.map(highest, page_size, reading).error() == Error::bad_address);
    CHECK(test.space.map(at, VirtualAddress{} - at, reading).error() == Error::bad_address);
    CHECK(test.space.map(at, ~std::uint64_t{0} - page_size + 1, reading).error() == Error::bad_address);
    CHECK(test.space.map({0xffff'8000'0000'0000}, page_size, reading).error() == Error::bad_address);
    CHECK(test.space.unmap(at, ~std::uint64_t{0} - page_size + 1).error() == Error::bad_address);
    CHECK(test.space.protect(at, 0, reading).error() == Error::invalid_argument);
    CHECK(test.space.map(lowest, page_size, reading) == lowest);
    CHECK(test.space.map(highest - page_size, page_size, reading) == highest - page_size);
    CHECK(test.space.regions().size() == 2);
}

TEST_CASE("address space: nothing is writable and executable, nor either of them without being readable") {
    fake::Space test;
    const Permissions both{.read = true, .write = true, .execute = true}, write_only{.write = true},
        execute_only{.execute = true};
    for (const Permissions bad : {both, write_only, execute_only}) {
        CHECK(test.space.map(at, page_size, bad).error() == Error::invalid_argument);
        REQUIRE(test.space.map(at, page_size, reading));
        CHECK(test.space.protect(at, page_size, bad).error() == Error::invalid_argument);
        REQUIRE(test.space.unmap(at, page_size));
    }
}

TEST_CASE("address space: what overlaps is refused, and changes nothing") {
    fake::Space test;
    REQUIRE(test.space.map(at, 4 * page_size, writing));
    for (const int first : {-1, 0, 1, 3})
        CHECK(test.space.map(at + static_cast<std::uint64_t>(first) * page_size, 2 * page_size, reading)
                  .error() == Error::occupied);
    CHECK(test.space.map(at - page_size, 6 * page_size, reading).error() == Error::occupied);
    CHECK(test.space.map(at - page_size, page_size, reading));
    CHECK(test.space.map(at + 4 * page_size, page_size, reading));
    CHECK(test.space.regions().size() == 3);
}

TEST_CASE("address space: the first gap is found, with a page free on both sides") {
    fake::Space test;
    const auto first = test.space.map({}, 2 * page_size, writing);
    const auto second = test.space.map({}, page_size, writing);
    const auto third = test.space.map({}, page_size, writing);
    REQUIRE((first && second && third));
    CHECK(*second == *first + 3 * page_size);
    CHECK(*third == *second + 2 * page_size);
    REQUIRE(test.space.unmap(*second, page_size));
    const auto too_large = test.space.map({}, 2 * page_size, writing);
    REQUIRE(too_large);
    CHECK(*too_large == *third + 2 * page_size);
    CHECK(test.space.map({}, page_size, writing) == *second);
}

TEST_CASE("address space: a size that no gap has, or that no gap can have, is refused") {
    fake::Space test;
    CHECK(test.space.map({}, abi::highest_address, reading).error() == Error::out_of_memory);
    CHECK(test.space.map({}, ~std::uint64_t{0} - page_size + 1, reading).error() == Error::out_of_memory);
    CHECK(test.space.map({}, 0, reading).error() == Error::invalid_argument);
    CHECK(test.space.map({}, page_size + 1, reading).error() == Error::misaligned);
    const std::uint64_t half = std::uint64_t{1} << 37;
    REQUIRE(test.space.map({}, half, reading));
    CHECK(test.space.map({}, half, reading).error() == Error::out_of_memory);
    CHECK(test.space.regions().size() == 1);
}

TEST_CASE("address space: a hole in a region is a hole, and both sides keep what they hold") {
    fake::Space test;
    const std::uint64_t before = test.account.frames();
    REQUIRE(test.space.map(at, 5 * page_size, writing));
    for (unsigned i = 0; i < 5; ++i) test.put(at + i * page_size, i + 1);
    REQUIRE(test.space.unmap(at + 2 * page_size, page_size));
    CHECK(test.space.regions().size() == 2);
    CHECK_FALSE(is_mapped(test.space, at + 2 * page_size));
    CHECK(test.space.resolve(at + 2 * page_size, Access::read).error() == Error::bad_address);
    for (unsigned i : {0u, 1u, 3u, 4u}) CHECK(test.get(at + i * page_size) == i + 1);
    REQUIRE(test.space.map(at + 2 * page_size, page_size, writing));
    CHECK(test.get(at + 2 * page_size) == 0);
    REQUIRE(test.space.unmap(at - 3 * page_size, 20 * page_size)); // Holes are allowed.
    CHECK(test.space.regions().empty());
    CHECK(test.account.frames() == before);
}

TEST_CASE("address space: protection acts on pages that are there and on those to come, and keeps them") {
    fake::Space test;
    REQUIRE(test.space.map(at, 3 * page_size, writing));
    test.put(at + page_size, 7);
    REQUIRE(test.space.protect(at + page_size, 2 * page_size, executing));
    CHECK(test.space.table().lookup(at + page_size)->attributes ==
          base::PageAttributes{.executable = true, .user = true});
    CHECK(test.space.resolve(at + page_size, Access::write).error() == Error::bad_address);
    CHECK(test.space.resolve(at + page_size, Access::execute));
    CHECK(test.space.resolve(at + 2 * page_size, Access::execute));
    CHECK(test.space.resolve(at, Access::execute).error() == Error::bad_address);
    REQUIRE(test.space.protect(at, 3 * page_size, nothing));
    CHECK(test.space.resolve(at + page_size, Access::read).error() == Error::bad_address);
    CHECK_FALSE(test.space.table().lookup(at + page_size)->attributes.user);
    REQUIRE(test.space.protect(at, 3 * page_size, reading));
    CHECK(test.get(at + page_size) == 7);
}

TEST_CASE("address space: protecting a range with a hole is refused, and changes nothing") {
    fake::Space test;
    REQUIRE(test.space.map(at, page_size, writing));
    REQUIRE(test.space.map(at + 2 * page_size, page_size, writing));
    CHECK(test.space.protect(at, 3 * page_size, reading).error() == Error::not_found);
    CHECK(test.space.protect(at - page_size, 2 * page_size, reading).error() == Error::not_found);
    CHECK(test.space.protect(at + 2 * page_size, 2 * page_size, reading).error() == Error::not_found);
    CHECK(test.space.resolve(at, Access::write));
    CHECK(test.space.resolve(at + 2 * page_size, Access::write));
}

TEST_CASE("address space: as many regions as fit, and no more; a full one can still lose whole regions") {
    fake::Space test;
    const auto place = [](std::size_t i) { return at + i * 4 * page_size; };
    for (std::size_t i = 0; i < AddressSpace::most_regions; ++i)
        REQUIRE(test.space.map(place(i), 3 * page_size, reading));
    CHECK(test.space.map(place(AddressSpace::most_regions), page_size, reading).error() ==
          Error::limit_reached);
    CHECK(test.space.unmap(place(3) + page_size, page_size).error() == Error::limit_reached);
    CHECK(test.space.protect(place(3) + page_size, page_size, writing).error() == Error::limit_reached);
    CHECK(test.space.unmap(place(3), 3 * page_size));
    CHECK(test.space.protect(place(4), 3 * page_size, writing));
}

TEST_CASE("address space: its limit of frames holds for pages and tables, and leaves nothing half done") {
    fake::Space test(8);
    const std::uint64_t before = test.account.frames();
    REQUIRE(test.space.map(at, 16 * page_size, writing));
    std::uint64_t pages = 0;
    while (test.space.resolve(at + pages * page_size, Access::write)) ++pages;
    CHECK(before + pages + 3 == 8);
    CHECK(test.space.resolve(at + pages * page_size, Access::write).error() == Error::limit_reached);
    REQUIRE(test.space.map(at + (std::uint64_t{1} << 34), page_size, writing));
    REQUIRE(test.space.unmap(at, page_size));
    CHECK(test.space.resolve(at + (std::uint64_t{1} << 34), Access::write).error() == Error::limit_reached);
    CHECK(test.account.frames() == 7);
    REQUIRE(test.space.unmap(at, 16 * page_size));
    CHECK(test.space.resolve(at + (std::uint64_t{1} << 34), Access::write));
}

TEST_CASE("address space: a fault is mended once; one that has no reason is told apart") {
    fake::Space test;
    REQUIRE(test.space.map(at, page_size, writing));
    CHECK(test.space.mend(at + 8, Access::write));
    CHECK(test.space.mend(at + 8, Access::write).error() == Error::occupied);
    CHECK(test.space.mend(at, Access::execute).error() == Error::bad_address);
    CHECK(test.space.mend(at - 8, Access::read).error() == Error::bad_address);
}

TEST_CASE("address space: one without frames for its tables is not made, and takes none") {
    fake::Machine machine(1);
    const std::uint64_t free = memory::frames().statistics().free;
    for (const std::uint64_t limit : {0, 1}) {
        const auto account = memory::Account::create(limit);
        REQUIRE(account);
        CHECK(AddressSpace::create(**account).error() == Error::limit_reached);
        CHECK((*account)->frames() == 0);
        (*account)->release();
    }
    CHECK(memory::frames().statistics().free == free);
}
