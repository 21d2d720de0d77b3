// Arithmetic on ranges of physical memory: what is left of RAM when everything that is taken has been cut
// out.
#pragma once

#include <optional>
#include <span>

#include "kernel/base/address.h"

namespace memory {

using base::PhysicalAddress;
using base::PhysicalRange;

/// The whole pages inside of `range`; empty when there is none, or when `range` wraps around the address
/// space.
PhysicalRange pages_inside(PhysicalRange range);

/// All pages that `range` touches, but for the very last of the address space, so that the end can always be
/// named.
PhysicalRange pages_around(PhysicalRange range);

/// The first run of whole pages of `within`, at or behind `from`, that no range in `taken` touches. `within`
/// must be aligned to pages; ranges in `taken` may overlap, come in any order and reach beyond `within`.
std::optional<PhysicalRange> next_gap(PhysicalRange within, std::span<const PhysicalRange> taken,
                                      PhysicalAddress from);

} // namespace memory
