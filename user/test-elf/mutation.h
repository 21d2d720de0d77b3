// Damage to an executable, as a seed has it.
#pragma once

#include <cstddef>
#include <span>

#include "kernel/base/pseudo_random.h"

namespace elf {

/// Damages an ELF file in one to four places: mostly in its headers, where it matters.
void mutate(std::span<std::byte> file, base::PseudoRandom& random);

} // namespace elf
