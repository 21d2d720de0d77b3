// Lays the parts of an executable out in a file.
#include "test/host/elf_image.h"

#include <algorithm>
#include <cstring>

namespace fake {

ElfImage::ElfImage()
    : segments{{.flags = executable,
                .offset = 0x1000,
                .address = 0x40'0000,
                .file_size = 0x800,
                .memory_size = 0x800},
               {.flags = constant,
                .offset = 0x2000,
                .address = 0x40'2000,
                .file_size = 0x1000,
                .memory_size = 0x1000},
               {.flags = writable,
                .offset = 0x3010,
                .address = 0x40'4010,
                .file_size = 0x20,
                .memory_size = 0x1820}} {}

std::vector<std::byte> ElfImage::bytes() const {
    ElfHeader complete = header;
    if (complete.program_header_count == 0)
        complete.program_header_count = static_cast<std::uint16_t>(segments.size());
    std::vector<std::byte> file(0x3030);
    for (std::size_t i = 0x1000; i < file.size(); ++i) file[i] = static_cast<std::byte>(i / 16);
    std::memcpy(file.data(), &complete, sizeof complete);
    std::memcpy(file.data() + sizeof complete, segments.data(),
                std::min(segments.size() * sizeof(ElfSegment), 0x1000 - sizeof complete));
    return file;
}

} // namespace fake
