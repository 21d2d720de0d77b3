// Makes and ends the space that a test of memory works on.
#include "test/host/fake_space.h"

#include <doctest/doctest.h>

#include "kernel/memory/frames.h"

namespace fake {
namespace {

/// The thing itself; doctest ends the test where there is none.
template <class T>
T& require(std::expected<T*, abi::Error> made) {
    REQUIRE(made);
    return **made;
}

} // namespace

Space::Space(std::uint64_t limit, std::uint32_t cpus)
    : machine(cpus), free_before(memory::frames().statistics().free),
      account(require(memory::Account::create(limit))),
      space(require(memory::AddressSpace::create(account))) {}

Space::~Space() {
    space.destroy();
    CHECK(account.frames() == 0);
    account.release();
    CHECK(memory::frames().statistics().free == free_before);
    CHECK(memory::frames().verify());
}

void Space::put(base::VirtualAddress at, std::uint64_t word) {
    const auto place = space.resolve(at, memory::Access::write);
    REQUIRE(place);
    *hal::direct<std::uint64_t>(*place) = word;
}

std::uint64_t Space::get(base::VirtualAddress at) {
    const auto place = space.resolve(at, memory::Access::read);
    REQUIRE(place);
    return *hal::direct<std::uint64_t>(*place);
}

memory::AddressSpace& Space::another() { return require(memory::AddressSpace::create(account)); }

} // namespace fake
