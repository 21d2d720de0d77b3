// Which function of a program an address lies in, as the symbol table of its file says.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/text.h"
#include "kernel/process/image.h"

namespace process {

struct ProgramSymbol {
    base::Text<64> name;
    std::uint64_t offset = 0; ///< Of the address in the function.
};

/// Nothing where the file has no symbols, or none for the address. A damaged table is like none.
std::optional<ProgramSymbol> find_program_symbol(const Image& image, VirtualAddress address);

} // namespace process
