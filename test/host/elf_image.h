// A small ELF executable, built field by field: valid as it comes, and wrong in whatever way a test wants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fake {

struct ElfHeader {
    std::array<std::uint8_t, 16> ident{0x7f, 'E', 'L', 'F', 2, 1, 1};
    std::uint16_t type = 2, machine = 0xfffe;
    std::uint32_t version = 1;
    std::uint64_t entry = 0x40'0010, program_headers = 64, section_headers = 0;
    std::uint32_t flags = 0;
    std::uint16_t header_size = 64, program_header_size = 56, program_header_count = 0;
    std::uint16_t section_header_size = 64, section_header_count = 0, section_names = 0;
};

static_assert(sizeof(ElfHeader) == 64);

struct ElfSegment {
    std::uint32_t type = 1, flags = 4;
    std::uint64_t offset = 0, address = 0, physical_address = 0, file_size = 0, memory_size = 0,
                  alignment = 0x1000;
};

static_assert(sizeof(ElfSegment) == 56);

struct ElfImage {
    static constexpr std::uint32_t executable = 5, constant = 4, writable = 6;

    /// Text at 0x400000, rodata at 0x402000, data at 0x404000, of which a page and a half is zeroed memory.
    ElfImage();

    /// The file, which ends where its last segment does.
    std::vector<std::byte> bytes() const;

    ElfHeader header;
    std::vector<ElfSegment> segments; ///< Their count goes into the header, unless that says otherwise.
};

} // namespace fake
