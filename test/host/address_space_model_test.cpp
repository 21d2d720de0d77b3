// Address spaces under random load, against the plainest model: for each page what may be done and what it
// holds.
#include <doctest/doctest.h>

#include <array>
#include <map>
#include <optional>
#include <random>

#include "kernel/memory/frames.h"
#include "test/host/fake_space.h"
#include "test/host/seed.h"

using abi::Error;
using base::page_size, base::VirtualAddress;
using memory::Access, memory::FrameSet, memory::Permissions;

namespace {

constexpr VirtualAddress window{0x7fff'c000}; // Its pages lie under two tables, one ending amid it.
constexpr std::uint64_t pages = 48, set_pages = 12;
constexpr std::array<Permissions, 4> kinds{
    {{}, {.read = true}, {.read = true, .write = true}, {.read = true, .execute = true}}};

struct Page {
    Permissions permissions{};
    std::optional<std::size_t> set; ///< Of the shared memories, or none.
    std::uint64_t set_page = 0;
    std::uint64_t word = 0; ///< What it holds, if it is not shared.
};

class Model {
public:
    Model(fake::Space& test, std::uint64_t seed) : test_(test), random_(seed) {
        for (FrameSet*& set : sets_) {
            const auto made = FrameSet::create(set_pages * page_size, test.account);
            REQUIRE(made);
            set = *made;
        }
    }

    ~Model() {
        for (FrameSet* const set : sets_) set->release();
    }

    void step() {
        switch (below(8)) {
        case 0: return map();
        case 1: return unmap();
        case 2: return protect();
        default: return touch();
        }
    }

    void forget_one() {
        const std::size_t which = below(sets_.size());
        test_.space.forget_unless(*sets_[which], [](abi::Handle) { return false; });
        std::erase_if(model_, [&](const auto& each) { return each.second.set == which; });
    }

    void check_all() {
        for (std::uint64_t page = 0; page < pages; ++page) check(page);
    }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    static VirtualAddress address(std::uint64_t page) { return window + page * page_size; }

    void map() {
        const std::uint64_t first = below(pages),
                            count = 1 + below(std::min<std::uint64_t>(8, pages - first));
        const Permissions kind = kinds[below(kinds.size())];
        const std::uint64_t which = below(4), offset = below(set_pages);
        const bool shared = which < sets_.size();
        const auto mapped = test_.space.map(address(first), count * page_size, kind,
                                            shared ? sets_[which] : nullptr, shared ? offset * page_size : 0);
        if (shared && offset + count > set_pages) return require(mapped, Error::invalid_argument);
        const auto next = model_.lower_bound(first);
        if (next != model_.end() && next->first < first + count) return require(mapped, Error::occupied);
        REQUIRE(mapped == address(first));
        for (std::uint64_t i = 0; i < count; ++i)
            model_[first + i] = shared ? Page{kind, which, offset + i, 0} : Page{kind, std::nullopt, 0, 0};
    }

    void unmap() {
        const std::uint64_t first = below(pages),
                            count = 1 + below(std::min<std::uint64_t>(6, pages - first));
        REQUIRE(test_.space.unmap(address(first), count * page_size));
        model_.erase(model_.lower_bound(first), model_.lower_bound(first + count));
    }

    void protect() {
        const std::uint64_t first = below(pages),
                            count = 1 + below(std::min<std::uint64_t>(4, pages - first));
        const Permissions kind = kinds[below(kinds.size())];
        const auto done = test_.space.protect(address(first), count * page_size, kind);
        const auto begin = model_.lower_bound(first), end = model_.lower_bound(first + count);
        if (static_cast<std::uint64_t>(std::distance(begin, end)) < count)
            return require(done, Error::not_found);
        REQUIRE(done);
        for (auto each = begin; each != end; ++each) each->second.permissions = kind;
    }

    std::uint64_t& word_of(Page& page) { return page.set ? shared_[*page.set][page.set_page] : page.word; }

    void touch() {
        const std::uint64_t page = below(pages);
        const Access access = std::array{Access::read, Access::write, Access::execute}[below(3)];
        const auto place = test_.space.resolve(address(page) + 8, access);
        const auto known = model_.find(page);
        if (known == model_.end() || !known->second.permissions.allow(access))
            return require(place, Error::bad_address);
        REQUIRE(place);
        std::uint64_t& word = *hal::direct<std::uint64_t>(*place);
        REQUIRE(word == word_of(known->second));
        if (access == Access::write) word = word_of(known->second) = random_();
        check(page);
    }

    /// What the page table says of a page that is there is what may be done with it, and no more.
    void check(std::uint64_t page) {
        const auto translation = test_.space.table().lookup(address(page));
        if (!translation) return;
        const auto known = model_.find(page);
        REQUIRE(known != model_.end());
        const Permissions may = known->second.permissions;
        REQUIRE(translation->attributes ==
                base::PageAttributes{.writable = may.write, .executable = may.execute, .user = may.read});
        REQUIRE(*hal::direct<std::uint64_t>(translation->physical + 8) == word_of(known->second));
    }

    template <class T>
    static void require(const std::expected<T, Error>& result, Error error) {
        REQUIRE_FALSE(result);
        REQUIRE(result.error() == error);
    }

    fake::Space& test_;
    std::mt19937_64 random_;
    std::map<std::uint64_t, Page> model_;
    std::array<FrameSet*, 2> sets_{};
    std::array<std::array<std::uint64_t, set_pages>, 2> shared_{};
};

} // namespace

TEST_CASE("address space: 60,000 random changes and touches do what a map of pages says") {
    fake::Space test;
    Model model(test, test::seed(0xadd5));
    for (unsigned i = 1; i <= 60'000; ++i) {
        model.step();
        if (i % 1000 == 0) model.forget_one();
        if (i % 100 == 0) model.check_all();
    }
}
