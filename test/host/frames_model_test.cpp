// The frame allocator under random load, held against the plainest model that knows what it must answer.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <random>
#include <vector>

#include "kernel/memory/frames.h"
#include "test/host/fake_hal.h"
#include "test/host/seed.h"

using abi::Error;
using base::page_size, base::PhysicalAddress, base::PhysicalRange;
using memory::FrameAllocator;

namespace {

constexpr PhysicalAddress ram_start{0x4000'0000};
constexpr std::uint64_t mib = 1024 * 1024;

std::uint64_t frames_of(unsigned order) { return std::uint64_t{1} << order; }

/// The plainest allocator there could be, which knows what the real one must answer.
class Model {
public:
    Model(FrameAllocator& frames, PhysicalRange ram) : frames_(frames), ram_(ram) {}

    void step(std::mt19937_64& random) {
        switch (random() % 16) {
        case 0: free_badly(random); break;
        case 1: find(random); break;
        default:
            // Fill up for a while, then empty for a while, so that both ends are met.
            if (random() % 100 < (filling_ ? 60u : 40u))
                allocate(random);
            else
                free_one(random);
        }
        if (blocks_.empty()) filling_ = true;
    }

    void free_all() {
        for (const auto& [start, order] : blocks_) REQUIRE(frames_.free({start}));
        blocks_.clear();
        used_ = 0;
    }

    std::uint64_t used() const { return used_; }

    std::uint64_t exhausted() const { return exhausted_; }

private:
    using Blocks = std::map<std::uint64_t, unsigned>;

    void allocate(std::mt19937_64& random) {
        const unsigned order = random() % 8 == 0 ? static_cast<unsigned>(random() % 9) : 0;
        const auto block = frames_.allocate(order);
        if (!block) {
            REQUIRE(block.error() == Error::out_of_memory);
            REQUIRE((order > 0 || frames_.statistics().free == 0));
            last_freed_.reset(); // The recent frames have merged.
            filling_ = false;
            ++exhausted_;
            return;
        }
        const std::uint64_t size = page_size << order;
        REQUIRE(block->is_aligned(size));
        REQUIRE(ram_.contains({*block, size}));
        const auto next = blocks_.lower_bound(block->value);
        REQUIRE((next == blocks_.end() || next->first >= block->value + size));
        REQUIRE((next == blocks_.begin() || end_of(*std::prev(next)) <= block->value));
        if (order == 0 && last_freed_) REQUIRE(*block == *last_freed_);
        last_freed_.reset();
        blocks_.emplace(block->value, order);
        used_ += frames_of(order);
    }

    void free_one(std::mt19937_64& random) {
        if (blocks_.empty()) return;
        const auto block = pick(random);
        REQUIRE(frames_.free({block->first}));
        last_freed_.reset();
        if (block->second == 0) last_freed_ = PhysicalAddress{block->first};
        used_ -= frames_of(block->second);
        blocks_.erase(block);
    }

    void free_badly(std::mt19937_64& random) {
        const PhysicalAddress address = ram_.start + random() % ram_.size;
        const auto holder = holder_of(address);
        if (holder != blocks_.end() && holder->first == address.value) return;
        const auto freed = frames_.free(address);
        REQUIRE_FALSE(freed);
        if (!address.is_aligned(page_size) || holder != blocks_.end())
            REQUIRE(freed.error() == Error::misaligned);
        else
            REQUIRE((freed.error() == Error::already_freed || freed.error() == Error::foreign));
    }

    void find(std::mt19937_64& random) {
        const PhysicalAddress address = ram_.start + random() % ram_.size;
        const auto holder = holder_of(address);
        const auto found = frames_.find(address);
        REQUIRE(found.has_value() == (holder != blocks_.end()));
        if (found) REQUIRE((found->start.value == holder->first && found->order == holder->second));
    }

    static std::uint64_t end_of(const Blocks::value_type& block) {
        return block.first + (page_size << block.second);
    }

    /// A random block, near enough to evenly.
    Blocks::iterator pick(std::mt19937_64& random) {
        const auto at = blocks_.lower_bound(ram_.start.value + random() % ram_.size);
        return at == blocks_.end() ? blocks_.begin() : at;
    }

    Blocks::iterator holder_of(PhysicalAddress address) {
        const auto after = blocks_.upper_bound(address.value);
        if (after == blocks_.begin()) return blocks_.end();
        const auto holder = std::prev(after);
        return address.value < end_of(*holder) ? holder : blocks_.end();
    }

    FrameAllocator& frames_;
    PhysicalRange ram_;
    Blocks blocks_;
    std::optional<PhysicalAddress> last_freed_;
    std::uint64_t used_ = 0, exhausted_ = 0;
    bool filling_ = true;
};

} // namespace

TEST_CASE("frames: 1,000,000 random operations against a model") {
    fake::Ram ram(ram_start, 8 * mib);
    const std::vector<PhysicalRange> reserved = {{ram_start + mib, 300'000},
                                                 {ram_start + 5 * mib + 123, 5000}};
    for (const PhysicalRange& range : reserved) ram.forbid(range);
    FrameAllocator frames(std::vector{ram.range()}, reserved);
    const auto before = frames.statistics();
    Model model(frames, ram.range());
    std::mt19937_64 random(test::seed(20'24));
    for (int i = 0; i < 1'000'000; ++i) {
        model.step(random);
        REQUIRE(frames.statistics().free == before.free - model.used());
        if (i % 20'000 == 0) REQUIRE(frames.verify());
    }
    CHECK(model.exhausted() > 0);
    model.free_all();
    CHECK(frames.statistics().free == before.free);
    CHECK(frames.verify());
    CHECK_FALSE(frames.allocate(FrameAllocator::max_order)); // Lets the recent frames merge.
    CHECK(frames.statistics().free_blocks == before.free_blocks);
}
