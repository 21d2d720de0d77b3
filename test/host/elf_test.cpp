// The ELF loader's eye: what it makes of a good file, and what it says of each kind of bad one.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <random>
#include <string>

#include "kernel/abi/process.h"
#include "kernel/process/elf.h"
#include "test/host/elf_image.h"
#include "test/host/seed.h"

using abi::Error;
using fake::ElfImage;
using process::Program;

namespace {

constexpr std::uint16_t machine = 0xfffe;
constexpr std::uint64_t most_memory = 1 << 20;

/// Reads go to a copy of exactly the file's size: the sanitizer sees each that leaves it.
std::expected<Program, process::ElfFault> parse(const std::vector<std::byte>& file,
                                                std::uint64_t limit = most_memory) {
    auto exact = std::vector<std::byte>(file);
    exact.shrink_to_fit();
    const process::ImageReader reader{.read = [](void* context, std::uint64_t offset,
                                                 std::span<std::byte> out) -> std::expected<void, Error> {
                                          const auto& bytes = *static_cast<std::vector<std::byte>*>(context);
                                          REQUIRE(offset <= bytes.size());
                                          REQUIRE(out.size() <= bytes.size() - offset);
                                          std::copy_n(bytes.data() + offset, out.size(), out.data());
                                          return {};
                                      },
                                      .context = &exact,
                                      .size = exact.size()};
    return process::parse_elf(reader, machine, limit);
}

/// A file that is good but for one thing is refused, with that error and those words.
void refused(Error error, std::string_view words, const std::function<void(ElfImage&)>& damage) {
    CAPTURE(words);
    ElfImage image;
    damage(image);
    const auto parsed = parse(image.bytes());
    REQUIRE_FALSE(parsed);
    const std::string said(parsed.error().detail.view());
    CAPTURE(said);
    CHECK(parsed.error().error == error);
    CHECK(said.find(words) != said.npos);
    CHECK_FALSE(parsed.error().detail.truncated());
}

} // namespace

TEST_CASE("elf: a good file gives its segments in whole pages") {
    const auto parsed = parse(ElfImage().bytes());
    REQUIRE(parsed);
    CHECK(parsed->entry.value == 0x40'0010);
    REQUIRE(parsed->segments.size() == 3);
    const process::Segment &text = parsed->segments[0], &data = parsed->segments[2];
    CHECK(text.address.value == 0x40'0000);
    CHECK(text.size == 0x1000);
    CHECK(text.file_size == 0x800);
    CHECK(text.permissions == memory::Permissions{.read = true, .execute = true});
    CHECK(data.address.value == 0x40'4000);
    CHECK(data.offset == 0x3000);
    CHECK(data.size == 0x2000);
    CHECK(data.file_size == 0x30);
    CHECK(data.permissions == memory::Permissions{.read = true, .write = true});
    CHECK(parsed->end().value == 0x40'6000);
}

TEST_CASE("elf: notes, empty segments and the like are passed over") {
    ElfImage image;
    image.segments.insert(image.segments.begin(),
                          {{.type = 4, .offset = ~0ull}, {.type = 0x6474e551}, {.type = 1}});
    const auto parsed = parse(image.bytes());
    REQUIRE(parsed);
    CHECK(parsed->segments.size() == 3);
}

TEST_CASE("elf: each wrong field of the header is named") {
    refused(Error::corrupt, "not an ELF file", [](ElfImage& i) { i.header.ident[0] = 0; });
    refused(Error::unsupported, "class 1, data 1", [](ElfImage& i) { i.header.ident[4] = 1; });
    refused(Error::unsupported, "class 2, data 2", [](ElfImage& i) { i.header.ident[5] = 2; });
    refused(Error::unsupported, "version 7", [](ElfImage& i) { i.header.version = 7; });
    refused(Error::unsupported, "version", [](ElfImage& i) { i.header.ident[6] = 0; });
    refused(Error::unsupported, "machine 62, and this is 65534", [](ElfImage& i) { i.header.machine = 62; });
    refused(Error::unsupported, "type 3 is not a static", [](ElfImage& i) { i.header.type = 3; });
    refused(Error::corrupt, "program headers of 32", [](ElfImage& i) { i.header.program_header_size = 32; });
    refused(Error::corrupt, "65535 program headers",
            [](ElfImage& i) { i.header.program_header_count = 0xffff; });
    refused(Error::corrupt, "0 program headers", [](ElfImage& i) { i.segments.clear(); });
    refused(Error::corrupt, "beyond the file's end", [](ElfImage& i) { i.header.program_headers = ~0ull; });
    refused(Error::corrupt, "ends before its program header",
            [](ElfImage& i) { i.header.program_headers = 0x3000; });
    refused(Error::corrupt, "entry point 0x402000", [](ElfImage& i) { i.header.entry = 0x40'2000; });
    refused(Error::corrupt, "entry point 0x400800", [](ElfImage& i) { i.header.entry = 0x40'0800; });
    refused(Error::corrupt, "entry point", [](ElfImage& i) { i.header.entry = 0; });
}

TEST_CASE("elf: each wrong field of a segment is named, and which one it is") {
    refused(Error::corrupt, "segment 0 is both writable and executable",
            [](ElfImage& i) { i.segments[0].flags = 7; });
    refused(Error::unsupported, "segment 1 is not readable", [](ElfImage& i) { i.segments[1].flags = 0; });
    refused(Error::corrupt, "segment 2 is larger in the file",
            [](ElfImage& i) { i.segments[2].memory_size = 0x1f; });
    refused(Error::corrupt, "segment 2 reaches beyond", [](ElfImage& i) { i.segments[2].file_size = 0x21; });
    refused(Error::corrupt, "segment 1 reaches beyond",
            [](ElfImage& i) { i.segments[1].offset = ~0xfffull; });
    refused(Error::misaligned, "segment 1 lies differently", [](ElfImage& i) { i.segments[1].offset += 16; });
    refused(Error::bad_address, "segment 0 at 0x0 is outside",
            [](ElfImage& i) { i.segments[0].address = 0; });
    refused(Error::bad_address, "segment 2 at 0xffffffff80000010",
            [](ElfImage& i) { i.segments[2].address = 0xffff'ffff'8000'0010; });
    refused(Error::bad_address, "segment 2", [](ElfImage& i) { i.segments[2].memory_size = ~0ull; });
    refused(Error::bad_address, "segment 2",
            [](ElfImage& i) { i.segments[2].memory_size = abi::highest_address; });
    refused(Error::corrupt, "segment 1 overlaps", [](ElfImage& i) { i.segments[1].address = 0x40'0000; });
    refused(Error::corrupt, "segment 2 overlaps", [](ElfImage& i) { i.segments[2].address = 0x40'2010; });
    refused(Error::corrupt, "lies below it", [](ElfImage& i) { std::swap(i.segments[0], i.segments[1]); });
    refused(Error::unsupported, "interpreter", [](ElfImage& i) { i.segments[1].type = 3; });
    refused(Error::unsupported, "thread-local", [](ElfImage& i) { i.segments[1].type = 7; });
    refused(Error::corrupt, "nothing to load", [](ElfImage& i) { i.segments = {{.type = 4}}; });
}

TEST_CASE("elf: too many segments, and segments larger than the limit") {
    ElfImage image;
    for (std::uint64_t i = 0; i < Program::most_segments; ++i)
        image.segments.push_back({.address = 0x50'0000 + i * 0x1000, .memory_size = 1});
    const auto many = parse(image.bytes());
    REQUIRE_FALSE(many);
    CHECK(many.error().error == Error::too_large);
    CHECK(parse(ElfImage().bytes(), 0x4000));
    const auto large = parse(ElfImage().bytes(), 0x3fff);
    REQUIRE_FALSE(large);
    CHECK(large.error().error == Error::limit_reached);
    CHECK(large.error().detail.view() == "ELF: its segments take 16 KiB, and the limit is 15 KiB");
}

TEST_CASE("elf: a file that is cut short anywhere is refused") {
    const std::vector<std::byte> whole = ElfImage().bytes();
    for (std::size_t size = 0; size < whole.size(); size += size < 300 ? 1 : 97)
        CHECK_FALSE(parse({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}));
}

namespace {

/// Whatever a file says, what is to be loaded lies inside of it, inside of user space, and in order.
void check_bounds(const Program& program, std::uint64_t file_size) {
    std::uint64_t reached = abi::lowest_address, total = 0;
    bool entry_is_text = false;
    for (const process::Segment& segment : program.segments) {
        REQUIRE(segment.address.is_aligned(base::page_size));
        REQUIRE(segment.offset % base::page_size == 0);
        REQUIRE(segment.size % base::page_size == 0);
        REQUIRE(segment.size > 0);
        REQUIRE(segment.address.value >= reached);
        REQUIRE(segment.size <= abi::highest_address - segment.address.value);
        REQUIRE(segment.file_size <= segment.size);
        REQUIRE((segment.file_size == 0 || segment.offset + segment.file_size <= file_size));
        REQUIRE_FALSE((segment.permissions.write && segment.permissions.execute));
        REQUIRE(segment.permissions.read);
        reached = segment.address.value + segment.size;
        total += segment.size;
        entry_is_text |= segment.permissions.execute && program.entry >= segment.address &&
                         program.entry < segment.address + segment.size;
    }
    REQUIRE(total <= most_memory);
    REQUIRE(entry_is_text);
}

/// One to three of the headers' words are changed: by a bit, a little, or to a number that is often wrong.
void damage(std::vector<std::byte>& file, std::mt19937_64& random) {
    constexpr std::array<std::uint64_t, 10> awkward{0,          1,           0xfff, 0x1000,    0x40'0000,
                                                    1ull << 38, 0x7fff'ffff, ~0ull, ~0xfffull, 1ull << 63};
    for (std::uint64_t count = 1 + random() % 3; count > 0; --count) {
        const std::size_t width = std::size_t{1} << random() % 4;
        const std::size_t at = random() % (64 + 3 * 56) / width * width;
        std::uint64_t value = 0;
        std::memcpy(&value, file.data() + at, width);
        switch (random() % 3) {
        case 0: value ^= 1ull << random() % (8 * width); break;
        case 1: value += random() % 65 - 32; break;
        default: value = awkward[random() % awkward.size()];
        }
        std::memcpy(file.data() + at, &value, width);
    }
    if (random() % 8 == 0) file.resize(random() % file.size());
}

} // namespace

TEST_CASE("elf: of 100,000 damaged files each is refused with words, or gives segments within bounds") {
    std::mt19937_64 random(test::seed(0xe1f));
    const std::vector<std::byte> whole = ElfImage().bytes();
    unsigned taken = 0;
    for (unsigned i = 0; i < 100'000; ++i) {
        auto file = whole;
        damage(file, random);
        const auto parsed = parse(file);
        if (parsed) {
            check_bounds(*parsed, file.size());
            ++taken;
        } else {
            REQUIRE_FALSE(parsed.error().detail.view().empty());
        }
    }
    CHECK(taken > 1'000);
    CHECK(taken < 90'000);
}
