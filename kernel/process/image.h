// A program's file inside of a Memory object.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <span>

#include "hal/mmu.h"
#include "kernel/memory/frame_set.h"
#include "kernel/process/elf.h"

namespace process {

struct Image {
    memory::FrameSet* frames = nullptr;
    std::uint64_t offset = 0; ///< Of the file in it; a multiple of the page size.
    std::uint64_t size = 0;

    /// Copies from the file, page by page; all of it must lie inside.
    std::expected<void, Error> read(std::uint64_t at, std::span<std::byte> out) const;

    ImageReader reader();
};

} // namespace process
