// Memory that spaces share: frames that come with the first touch, windows onto them, and who frees them.
#include <doctest/doctest.h>

#include "kernel/memory/frame_set.h"
#include "kernel/memory/frames.h"
#include "test/host/fake_space.h"

using abi::Error;
using base::page_size, base::VirtualAddress;
using memory::Access, memory::FrameSet, memory::Permissions;

namespace {

constexpr VirtualAddress at{0x40'0000};
constexpr Permissions reading{.read = true}, writing{.read = true, .write = true};

FrameSet& make(memory::Account& account, std::uint64_t size) {
    const auto made = FrameSet::create(size, account);
    REQUIRE(made);
    return **made;
}

} // namespace

TEST_CASE("frame set: sizes that make no sense are refused") {
    fake::Space test(64);
    CHECK(FrameSet::create(0, test.account).error() == Error::invalid_argument);
    CHECK(FrameSet::create(~std::uint64_t{0}, test.account).error() == Error::too_large);
    CHECK(FrameSet::create((std::uint64_t{1} << 36) + 1, test.account).error() == Error::too_large);
    CHECK(FrameSet::create(65 * page_size, test.account).error() == Error::limit_reached);
    CHECK(FrameSet::borrow({{0x1000}, 0}).error() == Error::invalid_argument);
    CHECK(FrameSet::borrow({{0x1001}, 16}).error() == Error::misaligned);
}

TEST_CASE("frame set: a page is zeroed at its first touch, and the same one from then on") {
    fake::Space test;
    const std::uint64_t before = test.account.frames();
    FrameSet& frames = make(test.account, 2 * page_size + 1);
    CHECK(frames.size() == 2 * page_size + 1);
    CHECK(test.account.frames() == before);
    const auto last = frames.page(2 * page_size);
    REQUIRE(last);
    CHECK(*hal::direct<std::uint64_t>(*last) == 0);
    CHECK(frames.page(2 * page_size) == *last);
    CHECK(frames.frames() == 1);
    CHECK(test.account.frames() == before + 1);
    frames.release();
    CHECK(test.account.frames() == before);
}

TEST_CASE("frame set: its account's limit ends it, and what was taken stays") {
    fake::Space test(5);
    FrameSet& frames = make(test.account, 4 * page_size);
    CHECK(frames.page(0));
    CHECK(frames.page(page_size));
    CHECK(frames.page(2 * page_size));
    CHECK(frames.page(3 * page_size).error() == Error::limit_reached);
    CHECK(frames.frames() == 3);
    frames.release();
}

TEST_CASE("frame set: it keeps its account alive") {
    fake::Machine machine(1);
    const auto account = memory::Account::create(4);
    REQUIRE(account);
    FrameSet& frames = make(**account, page_size);
    (*account)->release();
    CHECK(frames.page(0));
    frames.release(); // The sanitizer sees it if that comes too late, or never.
}

TEST_CASE("frame set: two spaces see the same bytes, and the frames outlive the one that goes first") {
    fake::Space test;
    FrameSet& frames = make(test.account, 3 * page_size);
    memory::AddressSpace& other = test.another();
    REQUIRE(test.space.map(at, 2 * page_size, writing, &frames, page_size));
    REQUIRE(other.map(at, 3 * page_size, reading, &frames));
    test.put(at + 8, 42);
    const auto seen = other.resolve(at + page_size + 8, Access::read);
    REQUIRE(seen);
    CHECK(*hal::direct<std::uint64_t>(*seen) == 42);
    CHECK(other.resolve(at, Access::write).error() == Error::bad_address);
    REQUIRE(test.space.unmap(at, 2 * page_size));
    CHECK(*hal::direct<std::uint64_t>(*seen) == 42);
    CHECK(frames.is_shared());
    frames.release();
    other.destroy();
}

TEST_CASE("frame set: a window must lie inside of it") {
    fake::Space test;
    FrameSet& frames = make(test.account, 2 * page_size - 1);
    CHECK(test.space.map(at, 2 * page_size, reading, &frames, page_size).error() == Error::invalid_argument);
    CHECK(test.space.map(at, page_size, reading, &frames, 2 * page_size).error() == Error::invalid_argument);
    CHECK(test.space.map(at, page_size, reading, &frames, 1).error() == Error::misaligned);
    CHECK(test.space.map(at, page_size, reading, &frames, ~std::uint64_t{0} - page_size + 1).error() ==
          Error::invalid_argument);
    CHECK_FALSE(frames.is_shared());
    REQUIRE(test.space.map(at, page_size, reading, &frames, page_size));
    CHECK(frames.is_shared());
    frames.release();
}

TEST_CASE("frame set: borrowed memory is there at once, read-only, and never freed") {
    fake::Space test;
    const auto borrowed = FrameSet::borrow({fake::Machine::initrd.start, page_size + 10});
    REQUIRE(borrowed);
    FrameSet& frames = **borrowed;
    CHECK_FALSE(frames.is_writable());
    CHECK(frames.page(page_size) == fake::Machine::initrd.start + page_size);
    CHECK(test.space.map(at, page_size, writing, &frames).error() == Error::not_permitted);
    REQUIRE(test.space.map(at, 2 * page_size, reading, &frames));
    CHECK(test.space.protect(at, page_size, writing).error() == Error::not_permitted);
    CHECK(test.space.resolve(at + page_size + 9, Access::read) ==
          fake::Machine::initrd.start + page_size + 9);
    frames.release();
}

TEST_CASE("frame set: windows that are cut hold it as often as there are parts") {
    fake::Space test;
    FrameSet& frames = make(test.account, 5 * page_size);
    REQUIRE(test.space.map(at, 5 * page_size, writing, &frames));
    for (unsigned i = 0; i < 5; ++i) test.put(at + i * page_size, i + 1);
    REQUIRE(test.space.protect(at + page_size, page_size, reading));
    REQUIRE(test.space.unmap(at + 3 * page_size, page_size));
    CHECK(test.space.regions().size() == 4);
    CHECK(test.get(at + 4 * page_size) == 5);
    CHECK(test.get(at + page_size) == 2);
    CHECK(frames.frames() == 5);
    frames.release();
}

TEST_CASE("frame set: a space forgets it in all its windows, and nothing else") {
    fake::Space test;
    FrameSet& frames = make(test.account, 4 * page_size);
    REQUIRE(test.space.map(at, 2 * page_size, writing, &frames));
    REQUIRE(test.space.map(at + 8 * page_size, page_size, writing));
    REQUIRE(test.space.map(at + 16 * page_size, 2 * page_size, reading, &frames, 2 * page_size));
    test.put(at, 1);
    test.put(at + 8 * page_size, 2);
    test.space.forget_unless(frames, [](abi::Handle) { return false; });
    CHECK(test.space.regions().size() == 1);
    CHECK_FALSE(test.space.table().lookup(at));
    CHECK(test.get(at + 8 * page_size) == 2);
    CHECK_FALSE(frames.is_shared());
    frames.release();
}
