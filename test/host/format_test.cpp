// Formatting and Text: each part of a placeholder, and what happens at the edges.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "kernel/base/format.h"
#include "kernel/base/text.h"

namespace {

/// Formats into a string of any length.
template <class... Arguments>
std::string formatted(base::FormatString<Arguments...> pattern, const Arguments&... arguments) {
    std::string text;
    const base::Sink sink{
        [](void* context, std::string_view more) { *static_cast<std::string*>(context) += more; }, &text};
    base::format(sink, pattern, arguments...);
    return text;
}

} // namespace

TEST_CASE("format: plain text and braces") {
    CHECK(formatted("") == "");
    CHECK(formatted("no placeholder") == "no placeholder");
    CHECK(formatted("{{}}") == "{}");
    CHECK(formatted("{{{}}}", 5) == "{5}");
    CHECK(formatted("{}{}{}", 1, 2, 3) == "123");
}

TEST_CASE("format: integers of all widths and signs") {
    CHECK(formatted("{}", 0) == "0");
    CHECK(formatted("{}", -1) == "-1");
    CHECK(formatted("{}", std::int8_t{-128}) == "-128");
    CHECK(formatted("{}", std::uint8_t{255}) == "255");
    CHECK(formatted("{}", std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(formatted("{}", std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(formatted("{:d}", -42) == "-42");
}

TEST_CASE("format: hexadecimal and binary") {
    CHECK(formatted("{:x}", 0xbeefu) == "beef");
    CHECK(formatted("{:X}", 0xbeefu) == "BEEF");
    CHECK(formatted("{:#x}", 0) == "0x0");
    CHECK(formatted("{:#X}", 0xau) == "0xA");
    CHECK(formatted("{:b}", 10) == "1010");
    CHECK(formatted("{:#b}", 5) == "0b101");
    CHECK(formatted("{:b}", std::numeric_limits<std::uint64_t>::max()) == std::string(64, '1'));
    CHECK(formatted("{:x}", std::int64_t{-1}) == "ffffffffffffffff");
}

TEST_CASE("format: width, fill and alignment") {
    CHECK(formatted("{:5}|", 42) == "   42|");
    CHECK(formatted("{:<5}|", 42) == "42   |");
    CHECK(formatted("{:05}", 42) == "00042");
    CHECK(formatted("{:05}", -42) == "-0042");
    CHECK(formatted("{:#010x}", 0xffu) == "0x000000ff");
    CHECK(formatted("{:*>6}", 7) == "*****7");
    CHECK(formatted("{:*<6}", 7) == "7*****");
    CHECK(formatted("{:3}", 12345) == "12345");
    CHECK(formatted("{:6}|", "ab") == "ab    |");
    CHECK(formatted("{:>6}|", "ab") == "    ab|");
    CHECK(formatted("{:255}", 1).size() == 255);
}

TEST_CASE("format: text, characters and booleans") {
    CHECK(formatted("{}", "text") == "text");
    CHECK(formatted("{:s}", std::string_view("view")) == "view");
    CHECK(formatted("{}", std::string_view()) == "");
    CHECK(formatted("{}", 'x') == "x");
    CHECK(formatted("{:c}", 'x') == "x");
    CHECK(formatted("{:x}", 'A') == "41");
    CHECK(formatted("{:x}", static_cast<char>(0xff)) == "ff");
    CHECK(formatted("{} {}", true, false) == "true false");
    CHECK(formatted("{:6}|", true) == "true  |");
}

TEST_CASE("format: the kernel's own types") {
    int target = 0;
    CHECK(formatted("{}", base::PhysicalAddress{0x4000'0000}) == "0x40000000");
    CHECK(formatted("{:016x}", base::VirtualAddress{0xabc}) == "0000000000000abc");
    CHECK(formatted("{:d}", base::PhysicalAddress{4096}) == "4096");
    CHECK(formatted("{}", static_cast<int*>(nullptr)) == "0x0");
    CHECK(formatted("{}", &target).starts_with("0x"));
    CHECK(formatted("{}", abi::Error::out_of_memory) == "out of memory");
    CHECK(formatted("{}", static_cast<abi::Error>(999)) == "unknown error");
    CHECK(formatted("{}!", base::Text<8>("inner")) == "inner!");
}

TEST_CASE("format: a specification is well-formed or refused") {
    const auto is_well_formed = [](std::string_view behind_brace) {
        base::FormatSpecification specification;
        return base::parse_specification(behind_brace, specification);
    };
    CHECK(is_well_formed("}"));
    CHECK(is_well_formed(":}"));
    CHECK(is_well_formed(":#018x}"));
    CHECK_FALSE(is_well_formed(""));
    CHECK_FALSE(is_well_formed(":"));
    CHECK_FALSE(is_well_formed(":8"));
    CHECK_FALSE(is_well_formed("0}"));
    CHECK_FALSE(is_well_formed(":y}"));
    CHECK_FALSE(is_well_formed(":xd}"));
    CHECK_FALSE(is_well_formed(":256}"));
}

TEST_CASE("text: fills up, is cut, and says so") {
    base::Text<8> text;
    CHECK(text.view() == "");
    text.append("12345678");
    CHECK(text.view() == "12345678");
    CHECK_FALSE(text.truncated());
    text.append("");
    CHECK_FALSE(text.truncated());
    text.append("9");
    CHECK(text.view() == "12345678");
    CHECK(text.truncated());
    text.clear();
    CHECK(text.view() == "");
    CHECK_FALSE(text.truncated());
}

TEST_CASE("text: formatting into too little room keeps the beginning") {
    const auto text = base::Text<10>::of("{} {}", 123456, "abcdef");
    CHECK(text.view() == "123456 abc");
    CHECK(text.truncated());
    CHECK(base::Text<3>::of("{:>5}", 1).view() == "   ");
    CHECK(base::Text<0>::of("{}", 1).truncated());
}
