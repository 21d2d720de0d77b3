// The parts of the kernel's own image: where each lies, and what may be done with it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/base/address.h"
#include "kernel/base/page_attributes.h"

namespace memory {

/// One part, in whole pages. Between two parts, and behind the last, lies a page that is never mapped.
struct ImagePart {
    std::string_view name{};
    base::VirtualAddress start{};
    std::uint64_t size = 0;
    base::PhysicalAddress physical{};
    base::PageAttributes attributes{};

    constexpr bool operator==(const ImagePart&) const = default;
};

/// Text, rodata, data, boot stack and emergency stack, in the order of their addresses.
using KernelImage = std::array<ImagePart, 5>;

/// The image that is running, from the symbols of linker.ld.
KernelImage kernel_image();

} // namespace memory
