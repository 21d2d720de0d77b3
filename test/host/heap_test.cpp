// The heap, guarded and not: alignment, exhaustion, each kind of bad free, and damage.
#include "kernel/memory/heap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "test/host/fake_hal.h"

using abi::Error;
using memory::FrameAllocator, memory::FrameUse, memory::Heap;

namespace {

constexpr base::PhysicalAddress ram_start{0x8000'0000};
constexpr std::size_t mib = 1024 * 1024;

struct Fixture {
    explicit Fixture(bool guarded = true, std::size_t size = 16 * mib)
        : ram(ram_start, size), frames(std::vector{ram.range()}, {}), heap(frames, guarded) {}

    fake::Ram ram;
    FrameAllocator frames;
    Heap heap;
};

char* bytes(void* pointer) { return static_cast<char*>(pointer); }

std::uintptr_t number(void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

std::uint64_t used_frames(const FrameAllocator& frames) {
    return frames.statistics().total - frames.statistics().free;
}

} // namespace

TEST_CASE("heap: sizes of slots and what they promise") {
    CHECK(std::ranges::is_sorted(memory::slot_sizes));
    for (std::size_t i = 0; i < memory::slot_sizes.size(); ++i) {
        CHECK(memory::slot_alignment(memory::slot_sizes[i]) >= Heap::default_alignment);
        CHECK(memory::Slab::capacity_of(i) >= 7);
        const std::size_t end =
            memory::Slab::first_slot_of(i) + memory::Slab::capacity_of(i) * memory::slot_sizes[i];
        CHECK(end <= base::page_size << memory::slab_order(memory::slot_sizes[i]));
    }
}

TEST_CASE("heap: objects of all sizes and alignments do not touch each other") {
    for (const bool guarded : {false, true}) {
        Fixture fixture(guarded, 64 * mib);
        std::vector<std::pair<void*, std::size_t>> objects;
        for (std::size_t alignment = 1; alignment <= 64 * 1024; alignment *= 2)
            for (const std::size_t size :
                 {0u, 1u, 15u, 16u, 17u, 100u, 1000u, 2032u, 2048u, 2049u, 4096u, 70'000u}) {
                void* object = fixture.heap.allocate(size, alignment);
                REQUIRE(object != nullptr);
                CHECK(number(object) % alignment == 0);
                CHECK(*fixture.heap.usable_size(object) >= size);
                std::memset(object, static_cast<int>(objects.size() & 0xff), size);
                objects.emplace_back(object, size);
            }
        for (std::size_t i = 0; i < objects.size(); ++i) {
            const auto [object, size] = objects[i];
            const auto mark = static_cast<char>(i & 0xff);
            CHECK(
                std::all_of(bytes(object), bytes(object) + size, [mark](char each) { return each == mark; }));
            CHECK(fixture.heap.try_free(object));
        }
        fixture.heap.release_empty_slabs();
        CHECK(used_frames(fixture.frames) == 0);
    }
}

TEST_CASE("heap: sizes and alignments that nothing can satisfy give null") {
    for (const bool guarded : {false, true}) {
        Fixture fixture(guarded);
        for (const std::size_t size :
             {~std::size_t{0}, ~std::size_t{0} - 15, ~std::size_t{0} / 2, std::size_t{1} << 40,
              (std::size_t{1} << 30) + 1, std::size_t{1} << 30, 64 * mib})
            CHECK(fixture.heap.allocate(size) == nullptr);
        for (const std::size_t alignment : {std::size_t{0}, std::size_t{3}, std::size_t{48}, ~std::size_t{0}})
            CHECK(fixture.heap.allocate(16, alignment) == nullptr);
        CHECK(fixture.heap.allocate(16, std::size_t{1} << 63) == nullptr);
        CHECK(fixture.heap.allocate(16, std::size_t{1} << 31) == nullptr);
        CHECK(used_frames(fixture.frames) == 0);
    }
}

TEST_CASE("heap: exhaustion is null, and everything comes back") {
    for (const bool guarded : {false, true})
        for (const std::size_t size : {1u, 200u, 2000u, 5000u}) {
            Fixture fixture(guarded, mib);
            std::vector<void*> objects;
            while (void* object = fixture.heap.allocate(size)) objects.push_back(object);
            CHECK(objects.size() > mib / 4 / (size + 200));
            CHECK(fixture.heap.allocate(size) == nullptr);
            for (void* object : objects) CHECK(fixture.heap.try_free(object));
            fixture.heap.release_empty_slabs();
            CHECK(used_frames(fixture.frames) == 0);
            CHECK(fixture.frames.verify());
        }
}

TEST_CASE("heap: slabs that are kept empty make room when another size needs it") {
    Fixture fixture(false, mib);
    fixture.heap.free(fixture.heap.allocate(16));
    CHECK(used_frames(fixture.frames) == 1);
    std::vector<base::PhysicalAddress> taken;
    for (auto frame = fixture.frames.allocate(); frame; frame = fixture.frames.allocate())
        taken.push_back(*frame);
    void* object = fixture.heap.allocate(64);
    CHECK(object != nullptr);
    CHECK(fixture.heap.statistics().slots[0].slabs == 0);
    CHECK(fixture.heap.allocate(128) == nullptr);
    CHECK(fixture.heap.try_free(object));
}

TEST_CASE("heap: at most one empty slab of a size is kept") {
    Fixture fixture(false);
    std::vector<void*> objects;
    for (int i = 0; i < 2000; ++i) objects.push_back(fixture.heap.allocate(48));
    CHECK(fixture.heap.statistics().slots[2].used == 2000);
    CHECK(fixture.heap.statistics().slots[2].slabs > 20);
    for (void* object : objects) CHECK(fixture.heap.try_free(object));
    CHECK(fixture.heap.statistics().slots[2].slabs == 1);
    CHECK(used_frames(fixture.frames) == 1);
    CHECK(fixture.heap.release_empty_slabs());
    CHECK_FALSE(fixture.heap.release_empty_slabs());
    CHECK(used_frames(fixture.frames) == 0);
}

TEST_CASE("heap: bad frees are told apart and change nothing") {
    for (const bool guarded : {false, true}) {
        Fixture fixture(guarded);
        Heap& heap = fixture.heap;
        void* keeps_the_slab = heap.allocate(100);
        void* small = heap.allocate(100);
        void* large = heap.allocate(10'000);
        const auto frame = *fixture.frames.allocate();
        int on_the_stack = 0;

        CHECK(heap.try_free(nullptr));
        CHECK(heap.try_free(&on_the_stack).error() == Error::foreign);
        CHECK(heap.try_free(hal::direct<char>(frame)).error() == Error::foreign);
        CHECK(heap.try_free(hal::direct<char>(ram_start)).error() == Error::foreign); // The frames' metadata.
        CHECK(heap.try_free(bytes(small) + 1).error() == Error::misaligned);
        CHECK(heap.try_free(bytes(small) + 16).error() == Error::misaligned);
        CHECK(heap.try_free(bytes(large) + 16).error() == Error::misaligned);
        CHECK(heap.try_free(bytes(large) + 4096).error() == Error::misaligned);
        // The slab's own header.
        CHECK(heap.try_free(reinterpret_cast<void*>(number(small) & ~std::uintptr_t{4095})).error() ==
              Error::misaligned);
        CHECK(heap.usable_size(bytes(small) + 1).error() == Error::misaligned);

        CHECK(heap.try_free(small));
        CHECK(heap.try_free(small).error() == Error::already_freed);
        CHECK(heap.try_free(large));
        CHECK(heap.try_free(large).error() == Error::already_freed);
        CHECK(heap.try_free(keeps_the_slab));
    }
}

TEST_CASE("heap: free panics and names pointer and fault") {
    Fixture fixture;
    void* keeps_the_slab = fixture.heap.allocate(32);
    void* object = fixture.heap.allocate(32);
    fixture.heap.free(object);
    CHECK_THROWS_WITH_AS(fixture.heap.free(object), doctest::Contains("already freed"), fake::PanicException);
    fixture.heap.free(keeps_the_slab);
}

TEST_CASE("heap: writing behind an object is seen when it is freed") {
    for (const std::size_t size : {0u, 1u, 24u, 100u, 2032u, 3000u, 50'000u}) {
        Fixture fixture;
        void* object = fixture.heap.allocate(size);
        char& behind = bytes(object)[size];
        const char before = behind;
        behind = static_cast<char>(before + 1);
        CHECK(fixture.heap.try_free(object).error() == Error::corrupt);
        CHECK(fixture.heap.usable_size(object).error() == Error::corrupt);
        CHECK_THROWS_WITH_AS(fixture.heap.free(object), doctest::Contains("overwritten"),
                             fake::PanicException);
        behind = before;
        CHECK(fixture.heap.try_free(object));
    }
}

TEST_CASE("heap: every single byte behind an object is guarded") {
    Fixture fixture;
    constexpr std::size_t size = 20, slot = 48;
    auto* object = bytes(fixture.heap.allocate(size));
    for (std::size_t i = size; i < slot; ++i) {
        object[i] ^= 0x10;
        CHECK(fixture.heap.try_free(object).error() == Error::corrupt);
        object[i] ^= 0x10;
    }
    CHECK(fixture.heap.try_free(object));
}

TEST_CASE("heap: writing to a freed object is seen when it is handed out again") {
    Fixture fixture;
    void* keeps_the_slab = fixture.heap.allocate(64);
    auto* object = bytes(fixture.heap.allocate(64));
    fixture.heap.free(object);
    object[10] = 1;
    CHECK_THROWS_WITH_AS(static_cast<void>(fixture.heap.allocate(64)),
                         doctest::Contains("after it was freed"), fake::PanicException);
    CHECK(fixture.heap.try_free(keeps_the_slab));
}

TEST_CASE("heap: an overwritten slab header is reported, not followed") {
    Fixture fixture;
    void* object = fixture.heap.allocate(16);
    auto* header = reinterpret_cast<char*>(number(object) & ~std::uintptr_t{4095});
    std::memset(header + 16, 0xee, 32);
    CHECK(fixture.heap.try_free(object).error() == Error::corrupt);
}

TEST_CASE("heap: fresh and freed memory of a guarded heap holds patterns") {
    Fixture fixture;
    void* keeps_the_slab = fixture.heap.allocate(200);
    auto* object = static_cast<unsigned char*>(fixture.heap.allocate(200));
    CHECK(std::all_of(object, object + 200, [](unsigned char each) { return each == 0xa5; }));
    fixture.heap.free(object);
    CHECK(std::all_of(object, object + 200, [](unsigned char each) { return each == 0xdd; }));
    fixture.heap.free(keeps_the_slab);
}

TEST_CASE("heap: the address of a returned block is foreign to no one, but freed") {
    Fixture fixture(false);
    void* object = fixture.heap.allocate(100'000);
    CHECK(fixture.heap.statistics().large_objects == 1);
    CHECK(fixture.heap.statistics().large_frames == 32);
    CHECK(*fixture.heap.usable_size(object) == 32 * base::page_size);
    CHECK(fixture.heap.try_free(object));
    CHECK(fixture.heap.statistics().large_frames == 0);
    CHECK(fixture.heap.try_free(object).error() == Error::already_freed);
}
