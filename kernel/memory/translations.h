// What CPUs remember of page tables: which space has which identifier, which CPU uses which space, and how
// all of them are made to forget.
//
//     identifiers   1, 2, … n, and then a new generation: from 1 again, but for those in use just then
//     forgetting    at once on CPUs that use the space, where they do not hear it anyway; on others when they
//                   use it next
//
// The kernel lock must be held for everything here.
#pragma once

#include <cstdint>

#include "hal/mmu.h"

namespace memory {

/// A space's share in this, kept with it.
struct TranslationState {
    base::PhysicalAddress root{};
    std::uint32_t asid = 0;
    std::uint32_t active_cpus = 0; ///< A bit for each CPU that uses the space now.
    std::uint32_t stale_cpus = 0;  ///< Those that must forget it before they use it again.
    std::uint64_t generation = 0;  ///< In which `asid` was given; 0 for none yet.
};

/// Makes this CPU translate user addresses by that space; null for by none.
void use_translations(TranslationState* space);

/// Makes every CPU forget what it remembers of `pages` pages from `start` on.
void forget_translations(TranslationState& space, base::VirtualAddress start, std::uint64_t pages);

} // namespace memory
