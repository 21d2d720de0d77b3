// A randomised test of frames and heap: blocks in use must be distinct, and nothing may be lost.
#include "kernel/monitor/memory_test.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "hal/mmu.h"
#include "kernel/base/text.h"
#include "kernel/memory/kernel_space.h"

namespace monitor {
namespace {

using Words = std::span<std::uint64_t>;

/// Numbers that look random and depend on the seed alone (Marsaglia, Xorshift RNGs, 2003).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}

    std::uint64_t below(std::uint64_t limit) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_ % limit;
    }

private:
    std::uint64_t state_;
};

struct Allocator {
    std::string_view name;
    Words (*allocate)(Random& random);
    bool (*free)(Words block);
};

Words allocate_frames(Random& random) {
    const auto order = static_cast<unsigned>(random.below(5));
    const auto block = memory::frames().allocate(order);
    if (!block) return {};
    return {hal::direct<std::uint64_t>(*block), (base::page_size << order) / sizeof(std::uint64_t)};
}

bool free_frames(Words block) {
    const auto address = reinterpret_cast<std::uintptr_t>(block.data());
    return memory::frames().free(hal::to_physical({address})).has_value();
}

Words allocate_object(Random& random) {
    const std::size_t words = 1 + random.below(random.below(8) == 0 ? 2000 : 100);
    auto* object = static_cast<std::uint64_t*>(memory::heap().allocate(words * sizeof(std::uint64_t)));
    return {object, object ? words : 0};
}

bool free_object(Words object) { return memory::heap().try_free(object.data()).has_value(); }

constexpr std::array allocators{Allocator{"frames", allocate_frames, free_frames},
                                Allocator{"heap", allocate_object, free_object}};

/// What a block is filled with: its own address, which no other block has.
std::uint64_t pattern_of(Words block) { return reinterpret_cast<std::uintptr_t>(block.data()); }

bool is_intact(Words block) {
    return std::ranges::all_of(block, [&](std::uint64_t word) { return word == pattern_of(block); });
}

/// One run of the test; `step` functions return what went wrong, or an empty text.
class Trial {
public:
    Trial(const Allocator& allocator, std::uint64_t seed) : allocator_(allocator), random_(seed) {}

    /// As many blocks at once as there is room for.
    std::string_view fill() {
        for (Words& block : blocks_) allocate(block);
        return std::ranges::all_of(blocks_, is_intact) ? "" : "two blocks that are in use overlap";
    }

    std::string_view shuffle(unsigned steps) {
        for (; steps > 0; --steps) {
            Words& block = blocks_[random_.below(blocks_.size())];
            if (block.empty())
                allocate(block);
            else if (const auto wrong = release(block); !wrong.empty())
                return wrong;
        }
        return {};
    }

    std::string_view release_all() {
        for (Words& block : blocks_)
            if (const auto wrong = release(block); !wrong.empty()) return wrong;
        memory::heap().release_empty_slabs();
        return {};
    }

    std::size_t in_use() const {
        return blocks_.size() - static_cast<std::size_t>(std::ranges::count_if(blocks_, &Words::empty));
    }

private:
    void allocate(Words& block) {
        block = allocator_.allocate(random_);
        std::ranges::fill(block, pattern_of(block));
    }

    std::string_view release(Words& block) {
        if (block.empty()) return {};
        if (!is_intact(block)) return "a block was overwritten while in use: two blocks overlap";
        return allocator_.free(std::exchange(block, {})) ? "" : "a block was refused when it was freed";
    }

    const Allocator& allocator_;
    Random random_;
    std::array<Words, 64> blocks_{};
};

} // namespace

void test_memory(std::string_view kind, std::uint64_t seed, base::Sink sink) {
    const auto* allocator = std::ranges::find(allocators, kind, &Allocator::name);
    if (allocator == allocators.end()) {
        base::format(sink, "memory test: frames or heap? With a number behind it, another order\n");
        return;
    }
    const auto say = [&](std::string_view result) {
        base::format(sink, "memory test {} {}: {}\n", kind, seed, result);
    };
    const std::uint64_t before = memory::frames().statistics().free;
    Trial trial(*allocator, seed);
    std::string_view wrong = trial.fill();
    if (wrong.empty()) say(base::Text<60>::of("{} blocks in use, all distinct", trial.in_use()));
    if (wrong.empty()) wrong = trial.shuffle(4000);
    if (wrong.empty()) wrong = trial.release_all();
    if (wrong.empty() && memory::frames().statistics().free != before) wrong = "not all memory came back";
    if (wrong.empty() && !memory::frames().verify()) wrong = "the free lists do not add up";
    say(wrong.empty() ? "passed" : wrong);
}

} // namespace monitor
