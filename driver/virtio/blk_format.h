// A block device's configuration and requests, as they lie in memory (virtio 1.2, 5.2).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace driver::virtio::block {

static_assert(std::endian::native == std::endian::little, "virtio's numbers are little-endian");

/// Feature bits of block devices (5.2.3).
namespace feature {
inline constexpr std::uint64_t size_max = std::uint64_t{1} << 1;
inline constexpr std::uint64_t seg_max = std::uint64_t{1} << 2;
inline constexpr std::uint64_t read_only = std::uint64_t{1} << 5;
inline constexpr std::uint64_t block_size = std::uint64_t{1} << 6;
inline constexpr std::uint64_t flush = std::uint64_t{1} << 9;
inline constexpr std::uint64_t discard = std::uint64_t{1} << 13;
} // namespace feature

/// Offsets in the configuration (5.2.4).
namespace configuration {
inline constexpr std::uint32_t capacity = 0; ///< 64 bits, in sectors of 512 bytes.
inline constexpr std::uint32_t size_max = 8;
inline constexpr std::uint32_t seg_max = 12;
inline constexpr std::uint32_t block_size = 20;
inline constexpr std::uint32_t max_discard_sectors = 36;
} // namespace configuration

enum class RequestType : std::uint32_t { in = 0, out = 1, flush = 4, get_id = 8, discard = 11 };

/// What the device reads first (5.2.6).
struct Header {
    RequestType type{};
    std::uint32_t reserved = 0;
    std::uint64_t sector = 0; ///< 0 for what is neither read nor write.
};

/// What a discard carries for data: which sectors are no longer needed.
struct DiscardSegment {
    std::uint64_t sector = 0;
    std::uint32_t sectors = 0;
    std::uint32_t flags = 0;
};

/// The byte that the device writes last.
enum class Status : std::uint8_t { ok = 0, io_error = 1, unsupported = 2, unwritten = 0xff };

/// What one request needs in the device's reach, besides the data that is read or written.
struct alignas(64) Envelope {
    Header header;
    DiscardSegment discard;
    std::array<char, 20> serial; ///< Of bytes 0 behind its end, if it is shorter (5.2.6.1).
    Status status;
};

static_assert(sizeof(Header) == 16 && sizeof(DiscardSegment) == 16 && sizeof(Envelope) == 64);

} // namespace driver::virtio::block
