// The initrd's format: what tools/initrd.py writes is read back, and damage of any kind is an error.
#include <doctest/doctest.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "kernel/abi/cpio.h"
#include "test/host/seed.h"

namespace {

using namespace abi::cpio;
using abi::Error;

std::string number(std::uint32_t value) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", value);
    return text;
}

std::string padded(std::string text) {
    text.resize((text.size() + 3) / 4 * 4);
    return text;
}

/// One entry; `name` may have zeros at its end, one of which the format adds itself.
std::string entry(const std::string& name, const std::string& content, std::uint32_t mode = 0100644) {
    std::string header(magic);
    const std::uint32_t numbers[] = {1,
                                     mode,
                                     0,
                                     0,
                                     1,
                                     0,
                                     static_cast<std::uint32_t>(content.size()),
                                     0,
                                     0,
                                     0,
                                     0,
                                     static_cast<std::uint32_t>(name.size() + 1),
                                     0};
    for (const std::uint32_t each : numbers) header += number(each);
    return padded(header + name + '\0') + padded(content);
}

std::string end() { return entry(std::string(trailer), ""); }

std::vector<Entry> all_of(std::string_view archive) {
    std::vector<Entry> entries;
    for (Reader reader(archive);;) {
        const auto next = reader.next();
        REQUIRE(next);
        if (!*next) return entries;
        entries.push_back(**next);
    }
}

/// Reads as far as it goes; says how many entries there were before the end, or before an error.
std::size_t read_through(std::string_view archive) {
    std::size_t count = 0;
    for (Reader reader(archive); count < 1000; ++count) {
        const auto next = reader.next();
        if (!next || !*next) return count;
        std::size_t sum = (*next)->name.size(); // Touches every byte, for AddressSanitizer to see.
        for (const char each : (*next)->content) sum += static_cast<unsigned char>(each);
        CHECK(sum < std::size_t{1} << 40);
    }
    return count;
}

} // namespace

TEST_CASE("cpio: entries come in their order, with name, content, mode and offset") {
    const std::string archive =
        entry("init", "ELF", 0100755) + entry("motd", "welcome\n") + entry("folder", "", 0040755) + end();
    const auto entries = all_of(archive);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].name == "init");
    CHECK(entries[0].is_executable());
    CHECK(entries[1].content == "welcome\n");
    CHECK_FALSE(entries[1].is_executable());
    CHECK(archive.substr(entries[1].offset, 7) == "welcome");
    CHECK_FALSE(entries[2].is_regular());
}

TEST_CASE("cpio: a name padded with zeros is the name without them") {
    const std::string archive = entry(std::string("init") + std::string(3000, '\0'), "ELF") + end();
    CHECK(all_of(archive).at(0).name == "init");
    CHECK(find(archive, "init") == "ELF");
}

TEST_CASE("cpio: find") {
    const std::string archive = entry("a", "1") + entry("b", "22") + entry("b", "333") + end();
    CHECK(find(archive, "b") == "22");
    CHECK(find(archive, "c").error() == Error::not_found);
    CHECK(find(archive, "").error() == Error::not_found);
    CHECK(find("", "a").error() == Error::corrupt);
    CHECK(find_entry(archive, "a")->mode == 0100644);
}

TEST_CASE("cpio: what is behind the trailer does not matter") {
    CHECK(all_of(entry("a", "1") + end() + std::string(4096, '\0')).size() == 1);
    CHECK(all_of(end() + "rubbish").empty());
}

TEST_CASE("cpio: an archive that ends anywhere before its end is corrupt") {
    const std::string archive = entry("first", "content") + entry("second", "more") + end();
    const std::size_t needed = archive.rfind(trailer) + trailer.size() + 1;
    for (std::size_t size = 0; size < needed; ++size) {
        CAPTURE(size);
        const std::string shorter =
            archive.substr(0, size); // A copy of its own: reading past it is found out.
        CHECK(find(shorter, "third").error() == Error::corrupt);
    }
}

TEST_CASE("cpio: sizes that reach beyond the archive, and names that do not end") {
    std::string archive = entry("name", "content") + end();
    const auto with = [&](std::size_t field, const std::string& digits) {
        std::string changed = archive;
        return changed.replace(magic.size() + 8 * field, 8, digits);
    };
    for (const char* size : {"ffffffff", "7fffffff", "00001000", "0000000g", "-0000001", "        "}) {
        CAPTURE(size);
        CHECK(find(with(6, size), "other").error() == Error::corrupt);  // Of the content.
        CHECK(find(with(11, size), "other").error() == Error::corrupt); // Of the name.
    }
    CHECK(find(with(11, "00000000"), "name").error() == Error::corrupt);
    CHECK(find(with(11, "00000004"), "name").error() == Error::corrupt); // Without its zero.
    CHECK(find(with(6, "FFFFFFF0"), "other").error() == Error::corrupt);
    archive.replace(0, 6, "070707");
    CHECK(find(archive, "name").error() == Error::corrupt);
}

TEST_CASE("cpio: a reader that has met damage stays there") {
    const std::string archive = entry("a", "1") + "rubbish";
    Reader reader(archive);
    REQUIRE(reader.next());
    for (int i = 0; i < 3; ++i) CHECK(reader.next().error() == Error::corrupt);
}

TEST_CASE("cpio: random damage never reads outside of the archive, and always ends") {
    std::mt19937_64 random(test::seed(4));
    const std::string archive = entry("init", std::string(100, 'x'), 0100755) +
                                entry("shell", std::string(33, 'y')) + entry("z", "") + end();
    for (int round = 0; round < 20'000; ++round) {
        std::string damaged = archive.substr(0, random() % (archive.size() + 1));
        for (int i = 0; i < 4 && !damaged.empty(); ++i)
            damaged[random() % damaged.size()] = "0123456789abcdefF\0 x"[random() % 20];
        CHECK(read_through(damaged) <= 4);
    }
}
