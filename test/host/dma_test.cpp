// Memory for devices: whole frames, zeroed, given back once.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "test/host/fake_ring.h"

using device::DmaMemory;

TEST_CASE("dma: memory is of whole frames, and zero however it was left") {
    const fake::DmaMachine machine;
    for (const std::size_t size : {0, 1, 4096, 4097, 10'000}) {
        auto memory = DmaMemory::allocate(size);
        REQUIRE(memory);
        CHECK(memory->bytes().size() >= size);
        CHECK(memory->physical().is_aligned(base::page_size));
        CHECK(std::ranges::all_of(memory->bytes(), [](std::byte byte) { return byte == std::byte{0}; }));
        std::ranges::fill(memory->bytes(), std::byte{0xff});
    }
}

TEST_CASE("dma: more than there is, or can be, is refused") {
    const fake::DmaMachine machine;
    for (const std::size_t size :
         {std::size_t{1} << 30, std::size_t{1} << 50, ~std::size_t{0} - 4095, ~std::size_t{0}})
        CHECK_FALSE(DmaMemory::allocate(size));
}

TEST_CASE("dma: memory has one owner, through moves and swaps") {
    const fake::DmaMachine machine; // Complains about frames that are freed twice, or never.
    auto first = std::move(*DmaMemory::allocate(1));
    auto second = std::move(*DmaMemory::allocate(1));
    const auto place = first.physical();
    DmaMemory third(std::move(first));
    second = std::move(third);
    CHECK(second.physical() == place);
    second = DmaMemory();
}
