// Maps the initrd, after a walk along its headers that tells how long it is.
#include "user/lib/initrd.h"

#include <array>
#include <optional>

#include "user/lib/handle.h"
#include "user/lib/memory.h"
#include "user/lib/mutex.h"

namespace trivium {
namespace {

constinit std::optional<Initrd> opened;
constinit Mutex opened_mutex;

/// Reads a header and as much of a name as tells the trailer from others.
using HeaderBytes = std::array<char, abi::cpio::header_size + abi::cpio::trailer.size() + 1>;

Result<HeaderBytes> read_header(Handle memory, std::uint64_t offset) {
    HeaderBytes bytes{};
    const auto read = call::read(memory, std::as_writable_bytes(std::span(bytes)), offset);
    if (!read) return std::unexpected(read.error());
    return bytes;
}

/// How many bytes the archive has, trailer included.
Result<std::uint64_t> archive_size(Handle memory) {
    for (std::uint64_t offset = 0;;) {
        const auto bytes = read_header(memory, offset);
        if (!bytes) return std::unexpected(bytes.error());
        const std::string_view text(bytes->data(), bytes->size());
        const auto header = abi::cpio::parse_header(text);
        if (!header) return std::unexpected(header.error());
        offset = header->next_start(offset);
        if (text.substr(abi::cpio::header_size).starts_with(abi::cpio::trailer)) return offset;
    }
}

} // namespace

Result<Initrd> Initrd::get() {
    const Locked locked(opened_mutex);
    if (opened) return *opened;
    const auto initrd = open_and_map();
    if (initrd) opened = *initrd;
    return initrd;
}

Result<Initrd> Initrd::open_and_map() {
    auto memory = open("initrd");
    if (!memory) return std::unexpected(memory.error());
    const auto size = archive_size(memory->get());
    if (!size) return std::unexpected(size.error());
    auto mapping = Mapping::create(*size, right::read, memory->get());
    if (!mapping) return std::unexpected(mapping.error());
    const std::string_view archive(reinterpret_cast<const char*>(mapping->address()), *size);
    mapping->release();
    return Initrd(memory->release(), archive);
}

} // namespace trivium
