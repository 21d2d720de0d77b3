// CRC-32C (Castagnoli), the checksum of records: iSCSI's, RFC 3720 B.4; reflected polynomial 0x82f63b78.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace axiom {

/// Of whole 64-bit words in memory aligned to 8, going on from the CRC of what came before (0 for nothing).
std::uint32_t crc32c(std::uint32_t before, std::span<const std::byte> words);

} // namespace axiom
