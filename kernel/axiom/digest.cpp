// The digest computed anew.
#include "kernel/axiom/digest.h"

namespace axiom {

std::uint64_t digest_of(std::span<const std::byte> bytes) {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 8) sum += word_hash(at / 8, load_word(&bytes[at]));
    return sum;
}

} // namespace axiom
