// The run-time half of formatting: fills a checked pattern with its arguments.
#include "kernel/base/format.h"

#include <algorithm>
#include <array>

namespace base {
namespace {

/// A number's digits, written from the right into a buffer that fits 64 binary ones, a sign and a prefix.
class Digits {
public:
    void push(char digit) { buffer_[--first_] = digit; }

    void push_number(std::uint64_t number, unsigned radix, bool upper_case) {
        const std::string_view digits = upper_case ? "0123456789ABCDEF" : "0123456789abcdef";
        // [lab 1: digits of a number]
        do {
            push(digits[number % radix]);
            number /= radix;
        } while (number != 0);
        // [/lab]
    }

    std::string_view view() const { return {buffer_.data() + first_, buffer_.size() - first_}; }

private:
    std::array<char, 68> buffer_{};
    std::size_t first_ = buffer_.size();
};

void write_repeated(Sink sink, char character, std::size_t count) {
    for (; count > 0; --count) sink({&character, 1});
}

/// Pads `lead` (sign or prefix) and `body`; zeros go between the two, other fill before or behind both.
void write_padded(Sink sink, std::string_view lead, std::string_view body, const FormatSpecification& how,
                  char default_align) {
    const std::size_t length = lead.size() + body.size();
    const std::size_t padding = how.width > length ? how.width - length : 0;
    const char align = how.align ? how.align : default_align;
    if (align == '>' && how.fill != '0') write_repeated(sink, how.fill, padding);
    sink(lead);
    if (align == '>' && how.fill == '0') write_repeated(sink, '0', padding);
    sink(body);
    if (align == '<') write_repeated(sink, how.fill, padding);
}

void write_number(Sink sink, const Argument& argument, const FormatSpecification& how) {
    const bool bare_address = argument.prefer_hexadecimal && how.type == 0;
    const bool decimal = how.type == 'd' || (how.type == 0 && !bare_address);
    const bool negative = argument.kind == Argument::Kind::signed_integer &&
                          static_cast<std::int64_t>(argument.number) < 0 && decimal;
    const unsigned radix = decimal ? 10 : how.type == 'b' ? 2 : 16;
    Digits digits;
    digits.push_number(negative ? 0 - argument.number : argument.number, radix, how.type == 'X');
    const bool prefixed = how.prefix || bare_address;
    const std::string_view lead = negative      ? "-"
                                  : !prefixed   ? ""
                                  : radix == 16 ? "0x"
                                  : radix == 2  ? "0b"
                                                : "";
    write_padded(sink, lead, digits.view(), how, '>');
}

void write_argument(Sink sink, const Argument& argument, const FormatSpecification& how) {
    const char character = static_cast<char>(argument.number);
    switch (argument.kind) {
    case Argument::Kind::text: write_padded(sink, "", argument.text, how, '<'); break;
    case Argument::Kind::character:
        if (how.type == 0 || how.type == 'c')
            write_padded(sink, "", {&character, 1}, how, '<');
        else
            write_number(sink, argument, how);
        break;
    default: write_number(sink, argument, how); break;
    }
}

} // namespace

void format_arguments(Sink sink, std::string_view pattern, std::span<const Argument> arguments) {
    std::size_t used = 0;
    while (!pattern.empty()) {
        const std::size_t plain = std::min(pattern.find_first_of("{}"), pattern.size());
        if (plain > 0) sink(pattern.substr(0, plain));
        pattern.remove_prefix(plain);
        if (pattern.empty()) break;
        const char brace = pattern.front();
        pattern.remove_prefix(1);
        if (!pattern.empty() && pattern.front() == brace) {
            sink(pattern.substr(0, 1));
            pattern.remove_prefix(1);
            continue;
        }
        FormatSpecification specification;
        parse_specification(pattern, specification); // Checked at compile time: cannot fail.
        write_argument(sink, arguments[used++], specification);
    }
}

} // namespace base
