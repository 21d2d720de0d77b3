// What CPUs remember of page tables: which space has which identifier, which CPU uses which space, and how
// all of them are made to forget.
//
//     identifiers   1, 2, … n, and then a new generation: from 1 again, but for those in use just then
//     forgetting    at once on CPUs that use the space, where they do not hear it anyway; on others when they
//                   use it next
//
// The kernel lock must be held for everything here.
#pragma once

#include <array>
#include <cstdint>

#include "hal/cpu.h"
#include "hal/mmu.h"
#include "hal/smp.h"

namespace memory {

/// A space's share in this, kept with it.
struct TranslationState {
    base::PhysicalAddress root{};
    std::uint32_t asid = 0;
    std::uint32_t stale_cpus = 0; ///< A bit for each CPU that must forget it before it uses it again.
    std::uint64_t generation = 0; ///< In which `asid` was given; 0 for none yet.
    std::uint64_t word = 0;       ///< Both for the CPU's register, from then on.
};

/// Makes this CPU translate user addresses by that space; null for by none.
void use_translations(TranslationState* space);

/// The present one; and which space each CPU uses. For this file and its .cpp alone.
extern std::uint64_t translation_generation;
extern std::array<TranslationState*, hal::max_cpus> spaces_in_use;

/// Whether what a CPU remembers under the space's identifier is the space's, and right.
inline bool is_fresh(const TranslationState& space, std::uint32_t cpu) {
    return space.generation == translation_generation && (space.stale_cpus >> cpu & 1) == 0;
}

/// The same on this CPU, which is `cpu`: short, and inline for that.
inline void switch_translations(TranslationState& to, std::uint32_t cpu) {
    if (!is_fresh(to, cpu)) [[unlikely]]
        return use_translations(&to);
    spaces_in_use[cpu] = &to;
    hal::Mmu::switch_space(to.word);
}

/// A bit for each CPU that uses the space now.
std::uint32_t cpus_using(const TranslationState& space);

/// Makes every CPU forget what it remembers of `pages` pages from `start` on.
void forget_translations(TranslationState& space, base::VirtualAddress start, std::uint64_t pages);

} // namespace memory
