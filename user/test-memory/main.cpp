// Memory: what is mapped is there, what is not faults, and who may do what with a page is kept.
#include <algorithm>
#include <array>

#include "user/lib/check.h"
#include "user/lib/copies.h"
#include "user/lib/memory.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

constexpr Rights read_write = right::read | right::write;

/// Something that ends a process; done by a copy of this program.
struct Misdeed {
    std::string_view name;
    void (*commit)();
};

constinit volatile std::uint64_t null = 0; // Unknown to the compiler, which would make something of it.

volatile std::uint8_t* at(std::uint64_t address) { return reinterpret_cast<volatile std::uint8_t*>(address); }

std::uint64_t map_or_exit(std::uint64_t pages, Rights rights) {
    const auto address = call::map(0, pages * page_size, rights);
    if (!address) trivium::exit(2);
    return *address;
}

constexpr std::array<Misdeed, 9> misdeeds{{
    {"read null", [] { (void)*at(null); }},
    {"write null", [] { *at(null + 8) = 1; }},
    {"write read-only page", [] { *at(map_or_exit(1, right::read)) = 1; }},
    {"execute data page", [] { reinterpret_cast<void (*)()>(map_or_exit(1, right::read | right::write))(); }},
    {"read behind mapping", [] { (void)*at(map_or_exit(1, read_write) + page_size); }},
    {"read before mapping", [] { (void)*at(map_or_exit(1, read_write) - 1); }},
    {"read unmapped page",
     [] {
         const std::uint64_t address = map_or_exit(3, read_write);
         *at(address + page_size) = 1;
         (void)call::unmap(address + page_size, page_size);
         (void)*at(address + page_size);
     }},
    {"write protected page",
     [] {
         const std::uint64_t address = map_or_exit(3, read_write);
         *at(address + page_size) = 1;
         (void)call::protect(address + page_size, page_size, right::read);
         *at(address + page_size) = 2;
     }},
    {"read kernel", [] { (void)*at(0xffff'ffff'8000'0000); }},
}};

/// In the copy: does it, and is not expected to come back.
int commit(std::string_view name) {
    const auto misdeed = std::ranges::find(misdeeds, name, &Misdeed::name);
    if (misdeed != misdeeds.end()) misdeed->commit();
    return 3;
}

void test_misdeeds(Checks& checks) {
    for (const Misdeed& misdeed : misdeeds) {
        const auto end = run_copy("test-memory", misdeed.name);
        checks.check(end && end->ending == abi::Ending::faulted, misdeed.name);
    }
}

bool all_zero(std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

void test_demand_zero(Checks& checks) {
    auto mapping = Mapping::create(64 * page_size, read_write);
    if (!checks.succeeds(mapping, "map 64 pages")) return;
    const std::uint64_t address = mapping->address();
    checks.check(all_zero(mapping->bytes()), "fresh pages are zero");
    std::ranges::fill(mapping->bytes(), std::byte{0xa5});
    *mapping = Mapping();
    const auto again = call::map(address, 64 * page_size, read_write);
    if (!checks.check(again && *again == address, "map at a given address")) return;
    checks.check(all_zero({reinterpret_cast<const std::byte*>(address), 64 * page_size}),
                 "a reused address shows new pages");
    checks.succeeds(call::unmap(address, 64 * page_size), "unmap");
}

void test_partial_changes(Checks& checks) {
    const auto mapping = Mapping::create(5 * page_size, read_write);
    if (!checks.succeeds(mapping, "map 5 pages")) return;
    const std::uint64_t address = mapping->address();
    for (int page = 0; page < 5; ++page)
        *at(address + page * page_size) = static_cast<std::uint8_t>(page + 1);
    checks.succeeds(call::unmap(address + page_size, page_size), "unmap the second");
    checks.succeeds(call::protect(address + 3 * page_size, page_size, right::read), "protect the fourth");
    checks.check(*at(address) == 1 && *at(address + 2 * page_size) == 3 &&
                     *at(address + 3 * page_size) == 4 && *at(address + 4 * page_size) == 5,
                 "the others are as they were");
    *at(address + 2 * page_size) = 9;
    checks.succeeds(call::protect(address + 3 * page_size, page_size, read_write), "protect it back");
    *at(address + 3 * page_size) = 8;
    checks.check(*at(address + 3 * page_size) == 8, "and write to it");
    checks.fails(call::protect(address, 5 * page_size, right::read), Error::not_found,
                 "protect across a hole");
}

void test_shared_memory(Checks& checks) {
    auto memory = Memory::create(3 * page_size);
    if (!checks.succeeds(memory, "create memory")) return;
    auto first = memory->map(read_write);
    const auto second = memory->map(right::read);
    if (!checks.check(first && second, "map it twice")) return;
    first->bytes()[page_size] = std::byte{42};
    checks.check(second->bytes()[page_size] == std::byte{42}, "both show the same");
    std::array<std::byte, 4> copy{};
    const auto read = call::read(memory->handle(), copy, page_size);
    checks.check(read && *read == 4 && copy[0] == std::byte{42}, "read() shows the same");
    const auto tail = call::read(memory->handle(), copy, 3 * page_size - 2);
    checks.check(tail && *tail == 2, "read() ends where the memory ends");
    checks.fails(call::map(0, page_size, right::read, memory->handle(), 3 * page_size),
                 Error::invalid_argument, "map beyond its end");
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1) return commit(arguments[1]);
    Checks checks("test-memory");
    test_demand_zero(checks);
    test_partial_changes(checks);
    test_shared_memory(checks);
    test_misdeeds(checks);
    return checks.finish();
}
