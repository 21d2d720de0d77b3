// Checks an ELF file's headers one by one; each refusal says what it is about.
#include "kernel/process/elf.h"

#include <array>

#include "kernel/abi/process.h"

namespace process {
namespace {

constexpr std::array<std::uint8_t, 4> magic{0x7f, 'E', 'L', 'F'};
constexpr std::uint8_t class_64 = 2, little_endian = 1, version_current = 1;
constexpr std::uint16_t type_executable = 2;
constexpr std::uint32_t segment_load = 1, segment_interpreter = 3, segment_thread_local = 7;
constexpr std::uint32_t flag_execute = 1, flag_write = 2, flag_read = 4;
constexpr std::uint16_t most_headers = 64;

/// The file's first bytes (figure 4-3).
struct FileHeader {
    std::array<std::uint8_t, 4> magic;
    std::uint8_t file_class, data, ident_version;
    std::array<std::uint8_t, 9> padding;
    std::uint16_t type, machine;
    std::uint32_t version;
    std::uint64_t entry, program_headers, section_headers;
    std::uint32_t flags;
    std::uint16_t header_size, program_header_size, program_header_count;
    std::uint16_t section_header_size, section_header_count, section_names;
};

static_assert(sizeof(FileHeader) == 64);

/// What is to be loaded (figure 5-1).
struct ProgramHeader {
    std::uint32_t type, flags;
    std::uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};

static_assert(sizeof(ProgramHeader) == 56);

template <class... Arguments>
std::unexpected<ElfFault> refuse(Error error, base::FormatString<std::type_identity_t<Arguments>...> pattern,
                                 const Arguments&... arguments) {
    return std::unexpected(ElfFault{error, base::Text<120>::of(pattern, arguments...)});
}

template <class T>
std::expected<T, ElfFault> read(const ImageReader& image, std::uint64_t offset, std::string_view what) {
    T value;
    if (offset > image.size || image.size - offset < sizeof(T))
        return refuse(Error::corrupt, "ELF: the file ends before its {} at {:#x} does", what, offset);
    if (const auto done = image.read(image.context, offset, std::as_writable_bytes(std::span(&value, 1)));
        !done)
        return refuse(done.error(), "ELF: the {} at {:#x} cannot be read", what, offset);
    return value;
}

std::expected<void, ElfFault> check(const FileHeader& header, std::uint16_t machine) {
    // [lab 10: judge the file]
    if (header.magic != magic)
        return refuse(Error::corrupt, "not an ELF file: it does not begin with \\x7fELF");
    if (header.file_class != class_64 || header.data != little_endian)
        return refuse(Error::unsupported, "ELF: class {}, data {}: not 64-bit little-endian",
                      header.file_class, header.data);
    if (header.ident_version != version_current || header.version != version_current)
        return refuse(Error::unsupported, "ELF: version {} is not known", header.version);
    if (header.machine != machine)
        return refuse(Error::unsupported, "ELF: it is for machine {}, and this is {}", header.machine,
                      machine);
    if (header.type != type_executable)
        return refuse(Error::unsupported, "ELF: type {} is not a static executable", header.type);
    if (header.program_header_size != sizeof(ProgramHeader))
        return refuse(Error::corrupt, "ELF: program headers of {} bytes", header.program_header_size);
    if (header.program_header_count == 0 || header.program_header_count > most_headers)
        return refuse(Error::corrupt, "ELF: {} program headers", header.program_header_count);
    return {};
    // [/lab]
}

/// A segment's own numbers; where it lies beside others is looked at later.
std::expected<void, ElfFault> check(const ProgramHeader& header, std::uint64_t file_size, unsigned number) {
    // [lab 10: judge the segments]
    if ((header.flags & flag_write) != 0 && (header.flags & flag_execute) != 0)
        return refuse(Error::corrupt, "ELF: segment {} is both writable and executable", number);
    if ((header.flags & flag_read) == 0)
        return refuse(Error::unsupported, "ELF: segment {} is not readable", number);
    if (header.file_size > header.memory_size)
        return refuse(Error::corrupt, "ELF: segment {} is larger in the file than in memory", number);
    if (header.offset > file_size || header.file_size > file_size - header.offset)
        return refuse(Error::corrupt, "ELF: segment {} reaches beyond the file's end", number);
    if (header.offset % base::page_size != header.address % base::page_size)
        return refuse(Error::misaligned,
                      "ELF: segment {} lies differently in its page of the file and of memory", number);
    if (header.address < abi::lowest_address || header.address >= abi::highest_address ||
        header.memory_size > abi::highest_address - header.address)
        return refuse(Error::bad_address, "ELF: segment {} at {:#x} is outside of user space", number,
                      header.address);
    return {};
    // [/lab]
}

Segment segment_of(const ProgramHeader& header) {
    const std::uint64_t within = header.address % base::page_size;
    return {.address = {header.address - within},
            .size = base::align_up(within + header.memory_size, base::page_size),
            .offset = header.offset - within,
            .file_size = header.file_size == 0 ? 0 : within + header.file_size,
            .permissions = {.read = true,
                            .write = (header.flags & flag_write) != 0,
                            .execute = (header.flags & flag_execute) != 0}};
}

/// Segments stand in the order of their addresses, as the specification wants it, and share no page.
std::expected<void, ElfFault> add(Program& program, const Segment& segment, unsigned number) {
    // [lab 10: judge the segments]
    if (!program.segments.empty() && segment.address < program.end())
        return refuse(Error::corrupt, "ELF: segment {} overlaps the one before, or lies below it", number);
    if (!program.segments.push_back(segment))
        return refuse(Error::too_large, "ELF: more than {} segments to load", Program::most_segments);
    return {};
    // [/lab]
}

std::expected<void, ElfFault> take(Program& program, const ProgramHeader& header, std::uint64_t file_size,
                                   unsigned number) {
    if (header.type == segment_interpreter)
        return refuse(Error::unsupported,
                      "ELF: it wants an interpreter; programs here are linked statically");
    if (header.type == segment_thread_local)
        return refuse(Error::unsupported, "ELF: thread-local variables are not supported");
    if (header.type != segment_load || header.memory_size == 0) return {};
    if (const auto fine = check(header, file_size, number); !fine) return fine;
    return add(program, segment_of(header), number);
}

std::expected<void, ElfFault> check_whole(const Program& program, std::uint64_t most_memory) {
    // [lab 10: judge the segments]
    if (program.segments.empty()) return refuse(Error::corrupt, "ELF: nothing to load");
    std::uint64_t total = 0;
    bool entry_is_text = false;
    for (const Segment& segment : program.segments) {
        total += segment.size;
        entry_is_text |= segment.permissions.execute && program.entry >= segment.address &&
                         program.entry - segment.address < segment.file_size;
    }
    if (total > most_memory)
        return refuse(Error::limit_reached, "ELF: its segments take {} KiB, and the limit is {} KiB",
                      total / 1024, most_memory / 1024);
    if (!entry_is_text)
        return refuse(Error::corrupt, "ELF: the entry point {:#x} is in no executable segment",
                      program.entry.value);
    return {};
    // [/lab]
}

} // namespace

std::expected<Program, ElfFault> parse_elf(const ImageReader& image, std::uint16_t machine,
                                           std::uint64_t most_memory) {
    const auto file = read<FileHeader>(image, 0, "header");
    if (!file) return std::unexpected(file.error());
    if (const auto fine = check(*file, machine); !fine) return std::unexpected(fine.error());
    if (file->program_headers > image.size)
        return refuse(Error::corrupt, "ELF: the program headers lie beyond the file's end");
    Program program{.entry = {file->entry}, .segments = {}};
    for (unsigned i = 0; i < file->program_header_count; ++i) {
        const auto header =
            read<ProgramHeader>(image, file->program_headers + i * sizeof(ProgramHeader), "program header");
        if (!header) return std::unexpected(header.error());
        if (const auto taken = take(program, *header, image.size, i); !taken)
            return std::unexpected(taken.error());
    }
    if (const auto fine = check_whole(program, most_memory); !fine) return std::unexpected(fine.error());
    return program;
}

} // namespace process
