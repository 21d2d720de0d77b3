// The shell's command lines: commands, words, quotes, `$?`, `&` and `;`.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "test/host/seed.h"
#include "user/lib/number.h"
#include "user/shell/command_line.h"

namespace {

using shell::CommandLine;
using Words = std::vector<std::string>;

Words words(const CommandLine& line) { return {line.words().begin(), line.words().end()}; }

Words parse(std::string_view text, std::int64_t last_code = 0) {
    CommandLine line;
    const auto parsed = line.parse_next(text, last_code);
    REQUIRE_MESSAGE(parsed, std::string(parsed ? "" : parsed.error()));
    return words(line);
}

std::string_view error_of(std::string_view text) {
    CommandLine line;
    const auto parsed = line.parse_next(text, 0);
    REQUIRE_FALSE(parsed);
    return parsed.error();
}

} // namespace

TEST_CASE("shell: words are separated by blanks") {
    CHECK(parse("").empty());
    CHECK(parse("  \t ").empty());
    CHECK(parse("ls") == Words{"ls"});
    CHECK(parse("  nice  8\tspin 5 ") == Words{"nice", "8", "spin", "5"});
}

TEST_CASE("shell: quotes make one word of what is between them") {
    CHECK(parse("echo 'a  b' \"c & d\"") == Words{"echo", "a  b", "c & d"});
    CHECK(parse("echo a'b c'd") == Words{"echo", "ab cd"});
    CHECK(parse("echo ''") == Words{"echo", ""});
    CHECK(parse("echo \"it's\"") == Words{"echo", "it's"});
    CHECK(error_of("echo 'open").find("not closed") != std::string_view::npos);
}

TEST_CASE("shell: $? is the last exit code, but for '…'") {
    CHECK(parse("echo $?", 42) == Words{"echo", "42"});
    CHECK(parse("echo \"code $?.\" '$?'", -1) == Words{"echo", "code -1.", "$?"});
    CHECK(parse("echo $ $x ?", 1) == Words{"echo", "$", "$x", "?"});
}

TEST_CASE("shell: & ends a command and asks for the background, ; only ends it") {
    CommandLine line;
    std::string_view rest = "spin 5 & hello;echo 'a;b'&ls";
    REQUIRE(line.parse_next(rest, 0));
    CHECK(line.background());
    CHECK(words(line) == Words{"spin", "5"});
    REQUIRE(line.parse_next(rest, 0)); // The background is forgotten with the next command.
    CHECK_FALSE(line.background());
    CHECK(words(line) == Words{"hello"});
    REQUIRE(line.parse_next(rest, 0));
    CHECK(line.background());
    CHECK(words(line) == Words{"echo", "a;b"});
    REQUIRE(line.parse_next(rest, 0));
    CHECK_FALSE(line.background());
    CHECK(words(line) == Words{"ls"});
    CHECK(rest.empty());
}

TEST_CASE("shell: an end without a command is refused, an empty line is none") {
    for (const std::string_view text : {"&", " ;", "; a"})
        CHECK(error_of(text).find("no command") != std::string_view::npos);
    CommandLine line;
    std::string_view rest = "a && b";
    REQUIRE(line.parse_next(rest, 0));
    CHECK_FALSE(line.parse_next(rest, 0));
    rest = "a ; ";
    REQUIRE(line.parse_next(rest, 0));
    REQUIRE(line.parse_next(rest, 0));
    CHECK(line.words().empty());
}

TEST_CASE("shell: too many words, or too long ones, are refused") {
    std::string many;
    for (std::size_t i = 0; i < CommandLine::most_words; ++i) many += "w ";
    CHECK(parse(many).size() == CommandLine::most_words);
    CHECK(error_of(many + "w").find("too many") != std::string_view::npos);
    std::string codes = "echo ";
    for (int i = 0; i < 60; ++i) codes += "$?";
    CommandLine line;
    std::string_view rest = codes;
    CHECK_FALSE(line.parse_next(rest, INT64_MIN)); // 60 times 20 characters.
}

TEST_CASE("shell: whatever is typed, parsing ends, and words lie apart") {
    std::mt19937_64 random(test::seed(4));
    CommandLine line;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (std::size_t i = random() % 120; i > 0; --i) text += " \t'\"&;$?ab"[random() % 10];
        for (std::string_view rest = text; !rest.empty();) {
            const std::size_t left = rest.size();
            if (!line.parse_next(rest, static_cast<std::int64_t>(random()))) break;
            CHECK(rest.size() < left);
            for (std::size_t i = 1; i < line.words().size(); ++i)
                CHECK(line.words()[i - 1].data() + line.words()[i - 1].size() <= line.words()[i].data());
        }
    }
}

TEST_CASE("numbers that somebody typed") {
    using trivium::parse_number;
    CHECK(parse_number("0") == 0);
    CHECK(parse_number("123456789012345678") == 123456789012345678);
    for (const char* wrong : {"", "-1", "+1", "1x", " 1", "0x10", "1234567890123456789"})
        CHECK_FALSE(parse_number(wrong));
}
