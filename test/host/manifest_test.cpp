// Manifests: what they say, and what is wrong with them in which line.
#include "user/lib/manifest.h"

#include <doctest/doctest.h>

#include <string>

#include "kernel/base/pseudo_random.h"

using trivium::Manifest, trivium::Need;
namespace right = abi::right;

namespace {

/// "line: what", or nothing for a good one.
std::string fault_of(std::string_view text) {
    const auto manifest = Manifest::parse(text);
    if (manifest) return {};
    return std::to_string(manifest.error().line) + ": " + std::string(manifest.error().what);
}

} // namespace

TEST_CASE("manifest: one that says everything") {
    const auto manifest = Manifest::parse("# a comment\n"
                                          "service rng\n"
                                          "start at-boot\t # another one\r\n"
                                          "essential\n"
                                          "\n"
                                          "priority 26\n"
                                          "needs rng-device read write manage\n"
                                          "input terminal call write badge 1\n"
                                          "  output terminal call badge 2");
    REQUIRE(manifest);
    CHECK(manifest->service() == "rng");
    CHECK(manifest->starts_at_boot());
    CHECK(manifest->is_essential());
    CHECK(manifest->priority() == 26);
    REQUIRE(manifest->needs().size() == 3);
    CHECK(manifest->needs()[0].place == Need::Place::named);
    CHECK(manifest->needs()[0].name == "rng-device");
    CHECK(manifest->needs()[0].rights == (right::read | right::write | right::manage));
    CHECK(manifest->needs()[0].badge == 0);
    CHECK(manifest->needs()[1].place == Need::Place::input);
    CHECK(manifest->needs()[1].rights == (right::write | right::call));
    CHECK(manifest->needs()[1].badge == 1);
    CHECK(manifest->needs()[2].place == Need::Place::output);
    CHECK(manifest->needs()[2].badge == 2);
}

TEST_CASE("manifest: an empty one needs nothing") {
    const auto manifest = Manifest::parse("");
    REQUIRE(manifest);
    CHECK(manifest->service().empty());
    CHECK_FALSE(manifest->starts_at_boot());
    CHECK_FALSE(manifest->is_essential());
    CHECK(manifest->priority() == abi::default_priority);
    CHECK(manifest->needs().empty());
}

TEST_CASE("manifest: what is wrong is told, with its line") {
    CHECK(fault_of("\nwants null read\n").starts_with("2: neither service"));
    CHECK(fault_of("needs\n") == "1: what is needed has a name of 1 to 31 characters");
    CHECK(fault_of("needs null\n") == "1: needed, but with which rights?");
    CHECK(fault_of("needs null reed\n").starts_with("1: a right is one of"));
    CHECK(fault_of("needs names call badge\n") == "1: a badge is a number from 1 on");
    CHECK(fault_of("needs names call badge 0\n") == "1: a badge is a number from 1 on");
    CHECK(fault_of("needs names call badge x\n") == "1: a badge is a number from 1 on");
    CHECK(fault_of("priority 32") == "1: a priority is a number from 0 to 31");
    CHECK(fault_of("priority") == "1: a priority is a number from 0 to 31");
    CHECK(fault_of("start at-night").starts_with("1: a program can start at-boot"));
    CHECK(fault_of("essential yes") == "1: a word too much");
    CHECK(fault_of("priority 3 4") == "1: a word too much");
    CHECK(fault_of("service one two") == "1: a word too much");
    CHECK(fault_of("service") == "1: a service has a name of 1 to 31 characters");
    CHECK(fault_of("needs " + std::string(32, 'n') + " read").starts_with("1: what is needed"));
}

TEST_CASE("manifest: at most 16 needs") {
    std::string text;
    for (int i = 0; i < 16; ++i) text += "needs thing read\n";
    CHECK(fault_of(text).empty());
    CHECK(fault_of(text + "needs thing read\n") == "17: more than 16 needs");
}

TEST_CASE("manifest: any text is read or refused, and never read beyond its end") {
    constexpr std::string_view words[] = {"service", "needs",   "input", "output",    "priority",
                                          "start",   "at-boot", "read",  "badge",     "\n",
                                          " ",       "#",       "7",     "essential", "\t",
                                          "name",    "execute", "\r",    "\0x",       "99999999999999999999"};
    base::PseudoRandom random(5);
    for (int round = 0; round < 100'000; ++round) {
        std::string text;
        for (auto i = random.below(12); i > 0; --i) {
            text += words[random.below(std::size(words))];
            if (random.below(3) != 0) text += ' ';
        }
        const std::string exact(text.data(),
                                text.size()); // On the heap for itself: the sanitizer sees its end.
        const auto manifest = Manifest::parse(exact);
        if (manifest) CHECK(manifest->needs().size() <= Manifest::most_needs);
    }
}
