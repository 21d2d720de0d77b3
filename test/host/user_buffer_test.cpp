// A program's memory as the kernel reads and writes it: every kind of pointer that a program could hand over.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "kernel/abi/process.h"
#include "kernel/memory/user_buffer.h"
#include "test/host/fake_space.h"

using abi::Error;
using base::page_size, base::VirtualAddress;
using memory::Permissions, memory::UserBuffer;

namespace {

constexpr VirtualAddress at{0x40'0000};
constexpr Permissions reading{.read = true}, writing{.read = true, .write = true};
constexpr std::array<std::byte, 16> bytes{std::byte{1}, std::byte{2}, std::byte{3}};

Error read_error(fake::Space& test, VirtualAddress start, std::uint64_t size) {
    std::array<std::byte, 16> out;
    const auto read = UserBuffer(test.space, start, size).read(0, out);
    return read ? Error{} : read.error();
}

Error write_error(fake::Space& test, VirtualAddress start, std::uint64_t size) {
    const auto written = UserBuffer(test.space, start, size).write(0, bytes);
    return written ? Error{} : written.error();
}

} // namespace

TEST_CASE("user buffer: null, low, kernel, unmapped and wrapping pointers are bad addresses") {
    fake::Space test;
    for (const std::uint64_t bad :
         {std::uint64_t{0}, std::uint64_t{8}, abi::lowest_address - 16, std::uint64_t{0x50'0000},
          abi::highest_address - 8, abi::highest_address, hal::user_end.value, std::uint64_t{1} << 47,
          std::uint64_t{0xffff'8000'0000'0000}, std::uint64_t{0xffff'ffff'8000'0000}, ~std::uint64_t{0} - 15,
          ~std::uint64_t{0}}) {
        CAPTURE(bad);
        CHECK(read_error(test, {bad}, 16) == Error::bad_address);
        CHECK(write_error(test, {bad}, 16) == Error::bad_address);
    }
}

TEST_CASE("user buffer: lengths that wrap or leave user space are found before anything is touched") {
    fake::Space test;
    REQUIRE(test.space.map(at, page_size, writing));
    const std::uint64_t frames = test.account.frames();
    for (const std::uint64_t size : {~std::uint64_t{0}, ~std::uint64_t{0} - at.value, abi::highest_address,
                                     abi::highest_address - at.value + 1, std::uint64_t{1} << 63}) {
        CAPTURE(size);
        CHECK(UserBuffer(test.space, at, size).check().error() == Error::bad_address);
        CHECK(read_error(test, at, size) == Error::bad_address);
        CHECK(write_error(test, at, size) == Error::bad_address);
    }
    CHECK(test.account.frames() == frames);
    CHECK(UserBuffer(test.space, at, abi::highest_address - at.value).check());
}

TEST_CASE("user buffer: what is read-only can be read and not written") {
    fake::Space test;
    REQUIRE(test.space.map(at, page_size, reading));
    CHECK(read_error(test, at, 16) == Error{});
    CHECK(write_error(test, at, 16) == Error::bad_address);
    REQUIRE(test.space.protect(at, page_size, {}));
    CHECK(read_error(test, at, 16) == Error::bad_address);
    REQUIRE(test.space.protect(at, page_size, {.read = true, .execute = true}));
    CHECK(read_error(test, at, 16) == Error{});
    CHECK(write_error(test, at, 16) == Error::bad_address);
}

TEST_CASE("user buffer: where a page was is no longer known when it was taken away, or is another one") {
    fake::Space test;
    REQUIRE(test.space.map(at, 20 * page_size, writing));
    for (unsigned i = 0; i < 20; ++i) {
        CHECK(write_error(test, at + i * page_size, 16) == Error{});
        CHECK(write_error(test, at + i * page_size, 16) == Error{});
    }
    REQUIRE(test.space.unmap(at + 2 * page_size, 17 * page_size));
    for (unsigned i = 2; i < 19; ++i) {
        CHECK(read_error(test, at + i * page_size, 16) == Error::bad_address);
        CHECK(write_error(test, at + i * page_size, 16) == Error::bad_address);
    }
    REQUIRE(test.space.map(at + 18 * page_size, page_size, writing));
    CHECK(memory::read_value<std::uint64_t>(test.space, at + 18 * page_size) == 0u);
    CHECK(memory::read_value<std::uint64_t>(test.space, at + 19 * page_size) == 0x03'0201u);
}

TEST_CASE("user buffer: one that is mapped by half fails, and what came before it stays") {
    fake::Space test;
    REQUIRE(test.space.map(at, page_size, writing));
    CHECK(write_error(test, at + (page_size - 8), 16) == Error::bad_address);
    CHECK(read_error(test, at + (page_size - 8), 16) == Error::bad_address);
    CHECK(test.get(at + (page_size - 8)) == 0x03'0201);
    CHECK(read_error(test, at - 8, 16) == Error::bad_address);
    CHECK(UserBuffer(test.space, at, page_size + 1).check_readable().error() == Error::bad_address);
    CHECK(UserBuffer(test.space, at, page_size).check_readable());
}

TEST_CASE("user buffer: bytes cross pages that lie apart in memory, and are put there on demand") {
    fake::Space test;
    REQUIRE(test.space.map(at, 4 * page_size, writing));
    test.put(at + 2 * page_size, 1); // So that the pages are not taken in order.
    std::vector<std::byte> out(2 * page_size + 100), back(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(i * 7);
    const UserBuffer buffer(test.space, at + 50, 3 * page_size);
    REQUIRE(buffer.write(11, out));
    REQUIRE(buffer.read(11, back));
    CHECK(out == back);
    CHECK(test.get(at) == 0);
}

TEST_CASE("user buffer: an empty one is no access, wherever it points in user space") {
    fake::Space test;
    CHECK(UserBuffer(test.space, {}, 0).read(0, {}));
    CHECK(UserBuffer(test.space, {abi::highest_address}, 0).write(0, {}));
    CHECK(UserBuffer(test.space, {abi::highest_address + 1}, 0).check().error() == Error::bad_address);
}

TEST_CASE("user buffer: values travel whole; a page that the limit refuses says so") {
    fake::Space test(6);
    REQUIRE(test.space.map(at, 4 * page_size, writing));
    REQUIRE(memory::write_value(test.space, at + 4, std::uint32_t{77}));
    CHECK(memory::read_value<std::uint32_t>(test.space, at + 4) == 77u);
    CHECK(memory::read_value<std::uint32_t>(test.space, {}).error() == Error::bad_address);
    CHECK(memory::write_value(test.space, at + page_size, 1u).error() == Error::limit_reached);
}
