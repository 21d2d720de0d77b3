// Putting a program into an address space.
#pragma once

#include <expected>
#include <span>

#include "kernel/memory/user_buffer.h"
#include "kernel/process/image.h"

namespace process {

/// Where a loaded program starts.
struct Loaded {
    VirtualAddress entry{};
    VirtualAddress stack{};      ///< Stack pointer, 16-byte aligned.
    VirtualAddress start_info{}; ///< The abi::StartInfo on the stack.
};

/// Arguments or environment: strings that are each ended by a zero byte.
struct Strings {
    std::span<const std::byte> bytes;
    std::uint32_t count = 0;
};

/// Checks the image's headers and maps its segments: what is only read straight from the image, the rest as
/// copies. Then the stack, with arguments and environment on it. What is wrong with the file is logged under
/// `name`. On an error the space holds a part, and is to be destroyed.
std::expected<Loaded, Error> load(memory::AddressSpace& space, Image image, std::uint64_t most_memory,
                                  std::string_view name, Strings arguments, Strings environment);

} // namespace process
