// What CPUs remember of page tables: identifiers that run out, and translations that must be forgotten.
#include <doctest/doctest.h>

#include <array>
#include <random>
#include <vector>

#include "test/host/fake_space.h"
#include "test/host/seed.h"

using base::page_size, base::VirtualAddress;
using hal::Mmu;
using memory::AddressSpace, memory::Permissions;

namespace {

constexpr VirtualAddress at{0x40'0000};
constexpr Permissions writing{.read = true, .write = true};

/// CPUs with few identifiers; puts back what the others have.
struct FewIdentifiers {
    explicit FewIdentifiers(std::uint32_t count) { Mmu::asids = count; }

    ~FewIdentifiers() { Mmu::asids = 8; }
};

void use(std::uint32_t cpu, AddressSpace* space) {
    fake::as_cpu(cpu, [&] { AddressSpace::activate(space); });
}

std::uint32_t identifier_on(std::uint32_t cpu) { return Mmu::translators[cpu].active_asid; }

/// A program on that CPU touches a page of the space that it uses: what it sees must be what the table says
/// now. Absent pages are never remembered.
void touch(std::uint32_t cpu, const AddressSpace& space, VirtualAddress page) {
    auto& translator = Mmu::translators[cpu];
    REQUIRE(translator.active_space == space.table().root());
    const auto translation = space.table().lookup(page);
    const std::pair key{translator.active_asid, page.value};
    const auto known = translator.remembered.find(key);
    if (known != translator.remembered.end()) {
        REQUIRE(translation);
        REQUIRE(known->second == translation->physical.value);
    } else if (translation) {
        translator.remembered[key] = translation->physical.value;
    }
}

} // namespace

TEST_CASE("translations: spaces in use together have identifiers of their own, and none has the kernel's") {
    fake::Space test;
    AddressSpace& other = test.another();
    use(0, &test.space);
    use(1, &other);
    CHECK(identifier_on(0) != 0);
    CHECK(identifier_on(1) != 0);
    CHECK(identifier_on(0) != identifier_on(1));
    const std::uint32_t first = identifier_on(0);
    use(0, &other);
    CHECK(identifier_on(0) == identifier_on(1));
    use(0, &test.space);
    CHECK(identifier_on(0) == first);
    for (std::uint32_t cpu : {0u, 1u}) {
        use(cpu, nullptr);
        CHECK(Mmu::translators[cpu].active_space.value == 0);
    }
    other.destroy();
}

TEST_CASE("translations: when identifiers run out, those in use stay, and every CPU forgets all before it "
          "goes on") {
    const FewIdentifiers few(4);
    fake::Space test;
    REQUIRE(test.space.map(at, page_size, writing));
    test.put(at, 1);
    use(1, &test.space);
    touch(1, test.space, at);
    const std::uint32_t kept = identifier_on(1);
    std::vector<AddressSpace*> others;
    for (unsigned i = 0; i < 12; ++i) {
        others.push_back(&test.another());
        use(0, others.back());
        CHECK(identifier_on(0) != kept);
        CHECK(identifier_on(0) < 4);
    }
    touch(1, test.space, at);
    use(1, others.back());
    CHECK(Mmu::translators[1].remembered.empty());
    CHECK(identifier_on(1) == identifier_on(0));
    use(0, nullptr);
    use(1, nullptr);
    for (AddressSpace* const other : others) other->destroy();
}

TEST_CASE("translations: an identifier that was kept is nobody else's, also while its space is not in use") {
    const FewIdentifiers few(4);
    fake::Space test;
    std::vector<AddressSpace*> others;
    for (unsigned i = 0; i < 12; ++i) others.push_back(&test.another());
    for (AddressSpace* const each : others) {
        REQUIRE(each->map(at, page_size, writing));
        REQUIRE(each->resolve(at, memory::Access::write));
    }
    REQUIRE(test.space.map(at, page_size, writing));
    test.put(at, 1);
    use(1, &test.space);
    for (AddressSpace* const each : others) use(0, each);
    use(1, nullptr);
    for (AddressSpace* const each : others) {
        use(0, each);
        touch(0, *each, at);
        use(0, &test.space);
        touch(0, test.space, at);
    }
    use(0, nullptr);
    for (AddressSpace* const each : others) each->destroy();
}

TEST_CASE("translations: a shootdown asks the CPUs that use the space, and no other") {
    fake::Space test(4096, 5);
    AddressSpace& other = test.another();
    REQUIRE(test.space.map(at, 4 * page_size, writing));
    for (unsigned i = 0; i < 4; ++i) test.put(at + i * page_size, i);
    for (std::uint32_t cpu : {0u, 1u, 3u}) use(cpu, &test.space);
    use(2, &other);
    for (std::uint32_t cpu : {0u, 1u, 3u}) touch(cpu, test.space, at + page_size);
    fake::notified_cpus().clear();
    REQUIRE(test.space.unmap(at + page_size, page_size));
    CHECK(fake::notified_cpus() == std::vector<std::uint32_t>{1, 3});
    for (std::uint32_t cpu : {0u, 1u, 3u}) touch(cpu, test.space, at + page_size);
    fake::notified_cpus().clear();
    fake::as_cpu(1, [&] { REQUIRE(test.space.protect(at, page_size, {.read = true})); });
    CHECK(fake::notified_cpus() == std::vector<std::uint32_t>{0, 3});
    for (std::uint32_t cpu = 0; cpu < 5; ++cpu) use(cpu, nullptr);
    fake::notified_cpus().clear();
    REQUIRE(test.space.unmap(at, 4 * page_size));
    CHECK(fake::notified_cpus().empty());
    other.destroy();
}

TEST_CASE("translations: a CPU that used the space before forgets when it uses it again, once") {
    fake::Space test;
    AddressSpace& other = test.another();
    REQUIRE(test.space.map(at, 2 * page_size, writing));
    test.put(at, 1);
    use(1, &test.space);
    touch(1, test.space, at);
    use(1, &other);
    REQUIRE(test.space.unmap(at, page_size));
    REQUIRE(test.space.map(at, page_size, writing));
    test.put(at + page_size, 2);
    test.put(at, 3);
    use(1, &test.space);
    touch(1, test.space, at);
    const std::uint64_t flushes = Mmu::user_flush_count;
    use(1, &other);
    use(1, &test.space);
    CHECK(Mmu::user_flush_count == flushes);
    use(1, nullptr);
    other.destroy();
}

TEST_CASE("translations: a space that was never used costs no flush") {
    fake::Space test;
    const std::uint64_t flushes = Mmu::user_flush_count;
    REQUIRE(test.space.map(at, page_size, writing));
    test.put(at, 1);
    REQUIRE(test.space.unmap(at, page_size));
    CHECK(Mmu::user_flush_count == flushes);
}

namespace {

/// Three CPUs take turns with ten spaces, whose pages come and go.
struct Storm {
    static constexpr std::uint32_t cpus = 3;
    static constexpr std::size_t space_count = 10;
    static constexpr std::uint64_t pages = 4;

    explicit Storm(std::uint64_t seed) : random(seed) {
        for (AddressSpace*& space : spaces) space = &test.another();
    }

    ~Storm() {
        for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) use(cpu, nullptr);
        for (AddressSpace* const space : spaces) space->destroy();
    }

    void step() {
        const auto cpu = static_cast<std::uint32_t>(random() % cpus);
        const VirtualAddress page = at + random() % pages * page_size;
        AddressSpace& space = *spaces[random() % space_count];
        switch (random() % 6) {
        case 0: used[cpu] = random() % 8 == 0 ? nullptr : &space; return use(cpu, used[cpu]);
        case 1:
            return fake::as_cpu(cpu, [&] {
                if (space.map(page, page_size, writing)) REQUIRE(space.resolve(page, memory::Access::write));
            });
        case 2: return fake::as_cpu(cpu, [&] { REQUIRE(space.unmap(page, page_size)); });
        default:
            if (used[cpu]) touch(cpu, *used[cpu], page);
        }
    }

    fake::Space test{4096, cpus};
    std::mt19937_64 random;
    std::array<AddressSpace*, space_count> spaces{};
    std::array<AddressSpace*, cpus> used{};
};

} // namespace

TEST_CASE("translations: no CPU ever uses one that is no longer so, with few identifiers, many, or none") {
    for (const std::uint32_t identifiers : {1, 4, 8}) {
        CAPTURE(identifiers);
        const FewIdentifiers few(identifiers);
        Storm storm(test::seed(0x71b + identifiers));
        for (unsigned i = 0; i < 20'000; ++i) storm.step();
    }
}
