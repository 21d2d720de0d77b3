// ELF executables: what a program file says of itself, checked before any of it is believed.
// (System V ABI, chapters 4 and 5; one static ELF64 for this machine, little-endian.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "kernel/abi/error.h"
#include "kernel/base/address.h"
#include "kernel/base/static_vector.h"
#include "kernel/base/text.h"
#include "kernel/memory/address_space.h"

namespace process {

using abi::Error;
using base::VirtualAddress;

/// A file's bytes, wherever they lie. read() fills all of `out` from `offset` on; both lie inside of `size`.
struct ImageReader {
    std::expected<void, Error> (*read)(void* context, std::uint64_t offset,
                                       std::span<std::byte> out) = nullptr;
    void* context = nullptr;
    std::uint64_t size = 0;
};

/// What is to be loaded where: whole pages from `address` on, which is aligned, as is `offset`.
struct Segment {
    VirtualAddress address{};
    std::uint64_t size = 0;      ///< In memory, in whole pages.
    std::uint64_t offset = 0;    ///< Of its first page in the file.
    std::uint64_t file_size = 0; ///< Bytes of the file from there on; what follows is zero.
    memory::Permissions permissions{};
};

struct Program {
    static constexpr std::size_t most_segments = 16;

    VirtualAddress entry{};
    base::StaticVector<Segment, most_segments> segments; ///< Sorted by address, without overlap.

    VirtualAddress end() const { return segments.back().address + segments.back().size; }
};

/// Why a file was refused: what is wrong, and where in it.
struct ElfFault {
    Error error = Error::corrupt;
    base::Text<120> detail;
};

/// Reads and checks all headers. `machine` is the e_machine of this CPU; segments may take up to
/// `most_memory` bytes together.
std::expected<Program, ElfFault> parse_elf(const ImageReader& image, std::uint16_t machine,
                                           std::uint64_t most_memory);

} // namespace process
