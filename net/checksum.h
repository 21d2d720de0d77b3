// The Internet checksum (RFC 1071), which IPv4, ICMP and UDP carry.
#pragma once

#include <cstdint>

#include "net/bytes.h"

namespace net {

/// The one's complement of the one's complement sum of all 16-bit words; an odd byte at the end counts as if
/// a zero followed. `start` is a sum to begin with: that of UDP's pseudo header. Over bytes that contain
/// their own correct checksum it is 0.
std::uint16_t checksum(Bytes bytes, std::uint32_t start = 0);

} // namespace net
