// Contents that can be told apart, for each block of a test's area.
#include "kernel/monitor/blk_area.h"

#include <algorithm>
#include <utility>

namespace monitor {
namespace {

using device::sector_size;

constexpr std::size_t words_in_sector = sector_size / sizeof(std::uint64_t);
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

constexpr std::uint64_t next_word(std::uint64_t word) { return word + golden; }

} // namespace

bool any_busy(TestBlocks blocks) {
    return std::ranges::any_of(blocks, [](const TestBlock& block) { return block.busy != 0; });
}

bool all_written(TestBlocks blocks) {
    return std::ranges::all_of(blocks, [](const TestBlock& block) { return block.generation != 0; });
}

TestArea::TestArea(const device::BlockGeometry& geometry, std::uint64_t blocks, std::uint64_t place,
                   std::uint64_t seed)
    : block_sectors_(geometry.block_size / sector_size), count_(blocks),
      origin_(place % (geometry.sectors / block_sectors_ - blocks + 1)), seed_(seed) {}

bool TestArea::prepare() {
    blocks_.reset(new TestBlock[count_]);
    return blocks_ != nullptr;
}

std::uint64_t TestArea::sector_of(TestBlocks blocks) const {
    return (origin_ + static_cast<std::uint64_t>(blocks.data() - blocks_.get())) * block_sectors_;
}

/// The last step of SplitMix64 (Steele et al., Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t TestArea::first_word(std::uint64_t sector, std::uint64_t generation) const {
    std::uint64_t word = seed_ ^ sector * golden ^ generation << 40;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

void TestArea::fill(TestBlocks blocks, std::span<std::byte> data) const {
    auto* out = static_cast<std::uint64_t*>(static_cast<void*>(data.data()));
    const std::uint64_t first = sector_of(blocks);
    for (std::uint64_t i = 0; i < sectors_in(blocks); ++i) {
        std::uint64_t word = first_word(first + i, blocks[i / block_sectors_].generation);
        for (std::size_t w = 0; w < words_in_sector; ++w, word = next_word(word)) *out++ = word;
    }
}

base::Text<120> TestArea::compare(TestBlocks blocks, std::span<const std::byte> data) const {
    const auto* in = static_cast<const std::uint64_t*>(static_cast<const void*>(data.data()));
    const std::uint64_t first = sector_of(blocks);
    for (std::uint64_t i = 0; i < sectors_in(blocks); ++i) {
        std::uint64_t word = first_word(first + i, blocks[i / block_sectors_].generation);
        for (std::size_t w = 0; w < words_in_sector; ++w, word = next_word(word), ++in)
            if (*in != word)
                return base::Text<120>::of(
                    "sector {} differs at byte {}: {:#018x} is there instead of {:#018x}", first + i,
                    w * sizeof(word), *in, word);
    }
    return {};
}

} // namespace monitor
