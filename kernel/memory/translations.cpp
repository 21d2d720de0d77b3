// Identifiers of address spaces in generations, and TLB shootdown.
#include "kernel/memory/translations.h"

#include <algorithm>
#include <array>

#include "hal/cpu.h"
#include "hal/smp.h"
#include "kernel/base/log.h"
#include "kernel/sync/cpu_request.h"

namespace memory {

constinit std::uint64_t translation_generation = 1;
constinit std::array<TranslationState*, hal::max_cpus> spaces_in_use{};

namespace {

using hal::Mmu;

/// Beyond so many pages it is cheaper to forget the whole space.
constexpr std::uint64_t most_single_pages = 32;

constinit std::uint32_t next_asid = 1;                     // 0 is the kernel's own, when it uses no space.
constinit std::uint32_t cpus_behind = ~std::uint32_t{0};   // Those that remember former generations.
constinit std::array<std::uint32_t, hal::max_cpus> kept{}; // Identifiers from the generation before; 0: none.

std::uint32_t bit(std::uint32_t cpu) { return std::uint32_t{1} << cpu; }

bool is_kept(std::uint32_t asid) { return std::ranges::find(kept, asid) != kept.end(); }

/// The spaces in use keep their identifiers: their CPUs do not come by here before they go on.
void begin_generation() {
    ++translation_generation;
    next_asid = 1;
    cpus_behind = ~std::uint32_t{0};
    kept = {};
    for (std::size_t cpu = 0; cpu < spaces_in_use.size(); ++cpu) {
        if (!spaces_in_use[cpu]) continue;
        spaces_in_use[cpu]->generation = translation_generation;
        spaces_in_use[cpu]->stale_cpus = cpus_behind;
        kept[cpu] = spaces_in_use[cpu]->asid;
    }
}

void assign(TranslationState& space) {
    do {
        if (next_asid >= Mmu::asid_count()) begin_generation();
        space.asid = next_asid++;
    } while (is_kept(space.asid));
    space.generation = translation_generation;
    space.stale_cpus = cpus_behind;
}

void forget_here(const TranslationState& space, base::VirtualAddress start, std::uint64_t pages) {
    if (pages > most_single_pages) return Mmu::flush_asid(space.asid);
    for (std::uint64_t i = 0; i < pages; ++i) Mmu::flush_user_page(start + i * base::page_size, space.asid);
}

struct ForgetRequest : locking::CpuRequest {
    const TranslationState& space;
    base::VirtualAddress start;
    std::uint64_t pages;

    ForgetRequest(const TranslationState& of, base::VirtualAddress from, std::uint64_t count)
        : space(of), start(from), pages(count) {
        run = [](locking::CpuRequest& request) {
            const auto& self = static_cast<ForgetRequest&>(request);
            forget_here(self.space, self.start, self.pages);
        };
    }
};

/// Sees to it that the space's identifier means it alone on this CPU. Without identifiers nothing is
/// remembered of a space that another one has followed.
[[gnu::noinline]] void refresh(TranslationState& space, std::uint32_t cpu) {
    if (Mmu::asid_count() == 1) {
        space.generation = translation_generation;
    } else {
        if (space.generation != translation_generation) assign(space);
        if (cpus_behind & bit(cpu))
            Mmu::flush_all_asids();
        else if (space.stale_cpus & bit(cpu))
            Mmu::flush_asid(space.asid);
        cpus_behind &= ~bit(cpu);
    }
    space.stale_cpus &= ~bit(cpu);
    space.word = Mmu::space_word(space.root, space.asid);
}

} // namespace

void use_translations(TranslationState* space) {
    const std::uint32_t cpu = hal::current_cpu().index;
    if (spaces_in_use[cpu] == space) return;
    spaces_in_use[cpu] = nullptr;
    if (!space) return Mmu::leave_space();
    if (!is_fresh(*space, cpu)) [[unlikely]]
        refresh(*space, cpu);
    spaces_in_use[cpu] = space;
    Mmu::switch_space(space->word);
}

std::uint32_t cpus_using(const TranslationState& space) {
    std::uint32_t cpus = 0;
    for (std::uint32_t cpu = 0; cpu < spaces_in_use.size(); ++cpu)
        if (spaces_in_use[cpu] == &space) cpus |= bit(cpu);
    return cpus;
}

void forget_translations(TranslationState& space, base::VirtualAddress start, std::uint64_t pages) {
    const std::uint32_t here = bit(hal::current_cpu().index);
    if (space.generation == 0) return; // No CPU has ever used it.
    // [lab 11: forget everywhere]
    if (Mmu::flushes_reach_all_cpus) return forget_here(space, start, pages);
    const std::uint32_t users = cpus_using(space);
    if (users & here) forget_here(space, start, pages);
    if (const std::uint32_t others = users & ~here) {
        ForgetRequest request(space, start, pages);
        locking::ask_cpus(others, request);
    }
    space.stale_cpus |= ~users;
    // [/lab]
}

} // namespace memory
