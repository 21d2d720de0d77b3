// The part of a disk that a test plays with, and what each of its blocks must hold.
//
// A block has a generation, which counts how often it was written; its contents follow from seed, sector and
// generation. So a read tells apart what is old, what belongs elsewhere, and what is torn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "kernel/base/text.h"
#include "kernel/device/block.h"

namespace monitor {

/// What is known of one block.
struct TestBlock {
    std::uint32_t generation : 31 = 0; ///< 0: never written, so that nobody knows what it holds.
    std::uint32_t busy : 1 = 0;        ///< A request that touches it is under way.
};

/// Blocks that follow each other on the disk.
using TestBlocks = std::span<TestBlock>;

bool any_busy(TestBlocks blocks);
bool all_written(TestBlocks blocks);

class TestArea {
public:
    /// `place` chooses where on the device the `blocks` blocks lie; there must be as many.
    TestArea(const device::BlockGeometry& geometry, std::uint64_t blocks, std::uint64_t place,
             std::uint64_t seed);

    /// Makes room to remember the blocks; false when there is no memory.
    bool prepare();

    TestBlocks blocks() const { return {blocks_.get(), count_}; }

    std::uint64_t sector_of(TestBlocks blocks) const;

    std::uint64_t sectors_in(TestBlocks blocks) const { return blocks.size() * block_sectors_; }

    /// Puts what the blocks must hold into `data`, which is aligned to 8 bytes.
    void fill(TestBlocks blocks, std::span<std::byte> data) const;
    /// What is wrong with `data`, read from there; empty when nothing is.
    base::Text<120> compare(TestBlocks blocks, std::span<const std::byte> data) const;

private:
    /// The word at the start of a sector; the next ones follow from it.
    std::uint64_t first_word(std::uint64_t sector, std::uint64_t generation) const;

    std::uint64_t block_sectors_;
    std::uint64_t count_;
    std::uint64_t origin_; ///< The first block's number on the disk.
    std::uint64_t seed_;
    std::unique_ptr<TestBlock[]> blocks_;
};

} // namespace monitor
