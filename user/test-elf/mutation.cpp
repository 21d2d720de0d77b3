// Which places are damaged, and how.
#include "user/test-elf/mutation.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace elf {
namespace {

constexpr std::size_t file_header = 64, program_header = 56, headers_with_meaning = 5;

/// Numbers that a loader may stumble over: bounds of user space, pages, words, and what wraps around.
constexpr std::array<std::uint64_t, 12> remarkable{0,           1,
                                                   0xfff,       0x1000,
                                                   0x40'0001,   0x7fff'ffff,
                                                   1ull << 32,  (1ull << 38) - 0x1'0000,
                                                   1ull << 47,  0xffff'ffff'8000'0000,
                                                   ~0ull - 100, ~0ull};

/// A whole field of a header: of the file's, or of a segment's.
void replace_field(std::span<std::byte> file, base::PseudoRandom& random) {
    const std::size_t words = (file_header + headers_with_meaning * program_header) / 8;
    const std::uint64_t value =
        random.below(4) == 0 ? random.next() : remarkable[random.below(remarkable.size())];
    const std::size_t size = std::size_t{1} << random.below(4);
    std::memcpy(&file[random.below(words) * 8 + random.below(8 / size) * size], &value, size);
}

void flip_bit(std::span<std::byte> file, base::PseudoRandom& random) {
    file[random.below(file.size())] ^= static_cast<std::byte>(1u << random.below(8));
}

} // namespace

void mutate(std::span<std::byte> file, base::PseudoRandom& random) {
    for (std::uint64_t places = 1 + random.below(4); places > 0; --places) {
        const std::uint64_t kind = random.below(8);
        if (kind == 0)
            flip_bit(file, random);
        else if (kind < 4)
            flip_bit(file.first(file_header + headers_with_meaning * program_header), random);
        else
            replace_field(file, random);
    }
}

} // namespace elf
