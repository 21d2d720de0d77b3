// The initrd's format: a cpio archive in the "new ASCII" form (newc), read in place and with every length
// checked.
//
//     header (110 bytes: magic and 13 numbers of 8 hexadecimal digits) | name, zeros | content, zeros | …
//
// - Name and content each begin at a multiple of 4; an entry named TRAILER!!! is the last.
// - A name may be followed by any number of zeros: that is how tools/initrd.py puts contents on page
//   boundaries.
// Source: cpio(5), "New ASCII Format".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/abi/error.h"

namespace abi::cpio {

inline constexpr std::size_t header_size = 110;
inline constexpr std::string_view magic = "070701";
inline constexpr std::string_view trailer = "TRAILER!!!";
inline constexpr std::uint32_t most_name_bytes = 8192; ///< Zeros included; more is taken for damage.

/// What a header says, as far as anybody here wants to know.
struct Header {
    std::uint32_t mode = 0;
    std::uint32_t content_size = 0;
    std::uint32_t name_size = 0; ///< In bytes, with the zeros behind it.

    /// Where the content of an entry lies whose header is at `start`.
    constexpr std::uint64_t content_start(std::uint64_t start) const {
        return aligned(start + header_size + name_size);
    }

    /// Where the next entry begins.
    constexpr std::uint64_t next_start(std::uint64_t start) const {
        return aligned(content_start(start) + content_size);
    }

private:
    static constexpr std::uint64_t aligned(std::uint64_t offset) { return (offset + 3) & ~std::uint64_t{3}; }
};

/// One of a header's numbers. Error::corrupt for what is no hexadecimal digit.
constexpr std::expected<std::uint32_t, Error> parse_number(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char digit : digits) {
        const bool is_decimal = digit >= '0' && digit <= '9';
        const char letter = static_cast<char>(digit | 0x20);
        if (!is_decimal && (letter < 'a' || letter > 'f')) return std::unexpected(Error::corrupt);
        value = value << 4 | static_cast<std::uint32_t>(is_decimal ? digit - '0' : letter - 'a' + 10);
    }
    return value;
}

/// Reads a header. Error::corrupt: no magic, a number that is none, or a name of impossible length.
constexpr std::expected<Header, Error> parse_header(std::string_view bytes) {
    if (bytes.size() < header_size || !bytes.starts_with(magic)) return std::unexpected(Error::corrupt);
    const auto field = [&](std::size_t index) {
        return parse_number(bytes.substr(magic.size() + 8 * index, 8));
    };
    const auto mode = field(1), content_size = field(6), name_size = field(11);
    if (!mode || !content_size || !name_size) return std::unexpected(Error::corrupt);
    if (*name_size == 0 || *name_size > most_name_bytes) return std::unexpected(Error::corrupt);
    return Header{*mode, *content_size, *name_size};
}

/// One file. Its name and content lie in the archive, and are valid as long as that.
struct Entry {
    std::string_view name;
    std::string_view content;
    std::uint64_t offset = 0; ///< Of the content, from the archive's first byte on.
    std::uint32_t mode = 0;   ///< File type and permissions, as stat() has them.

    constexpr bool is_regular() const { return (mode & 0170000) == 0100000; }

    constexpr bool is_executable() const { return is_regular() && (mode & 0111) != 0; }
};

/// Goes through an archive from its first entry to its last.
class Reader {
public:
    explicit constexpr Reader(std::string_view archive) : archive_(archive) {}

    /// The next entry, or nothing behind the last one. Error::corrupt when the archive is damaged or ends
    /// without a trailer; it stays at that place.
    constexpr std::expected<std::optional<Entry>, Error> next() {
        if (position_ > archive_.size()) return std::unexpected(Error::corrupt);
        const auto header = parse_header(archive_.substr(position_));
        if (!header) return std::unexpected(header.error());
        const std::uint64_t content = header->content_start(position_);
        if (content > archive_.size() || header->content_size > archive_.size() - content)
            return std::unexpected(Error::corrupt);
        const std::string_view padded = archive_.substr(position_ + header_size, header->name_size);
        const std::string_view name = padded.substr(0, padded.find('\0'));
        if (name.size() == padded.size()) return std::unexpected(Error::corrupt);
        if (name == trailer) return std::nullopt;
        position_ = header->next_start(position_);
        return Entry{name, archive_.substr(content, header->content_size), content, header->mode};
    }

private:
    std::string_view archive_;
    std::uint64_t position_ = 0;
};

/// The first entry of that name. Error::not_found, or Error::corrupt when damage comes before it.
constexpr std::expected<Entry, Error> find_entry(std::string_view archive, std::string_view name) {
    for (Reader reader(archive);;) {
        const auto entry = reader.next();
        if (!entry) return std::unexpected(entry.error());
        if (!*entry) return std::unexpected(Error::not_found);
        if ((*entry)->name == name) return **entry;
    }
}

/// The content of the first entry of that name, in the archive. Errors as above.
constexpr std::expected<std::string_view, Error> find(std::string_view archive, std::string_view name) {
    const auto entry = find_entry(archive, name);
    if (!entry) return std::unexpected(entry.error());
    return entry->content;
}

} // namespace abi::cpio
