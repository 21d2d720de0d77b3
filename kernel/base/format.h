// Typed text formatting whose patterns are checked when the kernel is compiled.
//
//     format(sink, "{} frames at {:#x}\n", count, address);
//
// A placeholder is {[:[[fill]<|>][#][0][width][type]]} with type d, x, X, b, c or s, as in std::format. A
// wrong number of arguments, an unknown specification or one that does not suit its argument is a compile
// error.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "kernel/abi/error.h"
#include "kernel/base/address.h"
#include "kernel/base/time.h"

namespace base {

/// Where formatted text goes: a function and what it works on. Cheap to copy; owns nothing.
struct Sink {
    void (*write)(void* context, std::string_view text) = nullptr;
    void* context = nullptr;

    void operator()(std::string_view text) const { write(context, text); }
};

/// One argument, its type erased.
struct Argument {
    enum class Kind { signed_integer, unsigned_integer, character, text };
    Kind kind = Kind::unsigned_integer;
    bool prefer_hexadecimal = false; ///< Shown as 0x… when the placeholder names no type: addresses.
    std::uint64_t number = 0;
    std::string_view text{};

    static constexpr Argument of(std::string_view text) { return {Kind::text, false, 0, text}; }

    static constexpr Argument hexadecimal(std::uint64_t number) {
        return {Kind::unsigned_integer, true, number, {}};
    }
};

/// How one placeholder wants its argument shown.
struct FormatSpecification {
    char fill = ' ';
    char align = 0; ///< '<', '>' or 0 for the kind's own: numbers to the right, text to the left.
    bool prefix = false;
    std::size_t width = 0;
    char type = 0;
};

// How each type becomes an Argument. A room adds its own types by a format_argument next to the type.
constexpr Argument format_argument(bool value) { return Argument::of(value ? "true" : "false"); }

constexpr Argument format_argument(char value) {
    return {Argument::Kind::character, false, static_cast<unsigned char>(value), {}};
}

template <std::integral T>
constexpr Argument format_argument(T value) {
    return {std::is_signed_v<T> ? Argument::Kind::signed_integer : Argument::Kind::unsigned_integer,
            false,
            static_cast<std::uint64_t>(value),
            {}};
}

constexpr Argument format_argument(std::string_view value) { return Argument::of(value); }

constexpr Argument format_argument(const char* value) { return Argument::of(value); }

constexpr Argument format_argument(abi::Error value) { return Argument::of(abi::name(value)); }

template <class Kind>
constexpr Argument format_argument(Address<Kind> value) {
    return Argument::hexadecimal(value.value);
}
template <class T>

requires(!std::same_as<std::remove_cv_t<T>, char>) inline Argument format_argument(T* value) {
    return Argument::hexadecimal(reinterpret_cast<std::uintptr_t>(value));
}

/// Reads the specification that follows a '{'; `pattern` is moved behind the closing '}'. Not well-formed:
/// false.
constexpr bool parse_specification(std::string_view& pattern, FormatSpecification& out) {
    const auto take = [&](char wanted) {
        if (pattern.empty() || pattern.front() != wanted) return false;
        pattern.remove_prefix(1);
        return true;
    };
    if (take('}')) return true;
    if (!take(':')) return false;
    if (pattern.size() > 1 && (pattern[1] == '<' || pattern[1] == '>')) {
        out.fill = pattern.front();
        pattern.remove_prefix(1);
    }
    if (take('<')) out.align = '<';
    if (take('>')) out.align = '>';
    if (take('#')) out.prefix = true;
    if (take('0')) {
        out.fill = '0';
        out.align = '>';
    }
    while (!pattern.empty() && pattern.front() >= '0' && pattern.front() <= '9') {
        out.width = out.width * 10 + static_cast<std::size_t>(pattern.front() - '0');
        pattern.remove_prefix(1);
    }
    for (const char type : {'d', 'x', 'X', 'b', 'c', 's'})
        if (take(type)) out.type = type;
    return out.width < 256 && take('}');
}

/// Whether an argument of that kind can be shown as the specification says.
constexpr bool suits(const FormatSpecification& specification, Argument::Kind kind) {
    switch (specification.type) {
    case 0: return true;
    case 's': return kind == Argument::Kind::text;
    case 'c': return kind == Argument::Kind::character;
    default: return kind != Argument::Kind::text;
    }
}

/// Not constexpr, so that calling it while a pattern is checked is the compile error that the message names.
void format_error(const char* message);

/// A pattern checked against the types of its arguments.
template <class... Arguments>
class CheckedFormatString {
public:
    template <std::convertible_to<std::string_view> Pattern>
    consteval CheckedFormatString(const Pattern& pattern) : pattern_(pattern) {
        check(pattern_);
    }

    constexpr std::string_view pattern() const { return pattern_; }

private:
    static consteval void check(std::string_view rest) {
        const Argument::Kind kinds[] = {kind_of<Arguments>()..., Argument::Kind::text};
        std::size_t used = 0;
        while (!rest.empty()) {
            const char first = rest.front();
            rest.remove_prefix(1);
            if (first != '{' && first != '}') continue;
            if (!rest.empty() && rest.front() == first) {
                rest.remove_prefix(1);
                continue;
            }
            if (first == '}') format_error("a lone '}': write '}}'");
            FormatSpecification specification;
            if (!parse_specification(rest, specification)) format_error("a placeholder is not well-formed");
            if (used == sizeof...(Arguments)) format_error("more placeholders than arguments");
            if (!suits(specification, kinds[used++]))
                format_error("a placeholder does not suit its argument");
        }
        if (used != sizeof...(Arguments)) format_error("more arguments than placeholders");
    }

    template <class T>
    static consteval Argument::Kind kind_of() {
        if constexpr (std::same_as<T, char>)
            return Argument::Kind::character;
        else if constexpr (std::same_as<T, bool>)
            return Argument::Kind::text;
        else if constexpr (std::unsigned_integral<T>)
            return Argument::Kind::unsigned_integer;
        else if constexpr (std::integral<T>)
            return Argument::Kind::signed_integer;
        else if constexpr (std::convertible_to<T, std::string_view>)
            return Argument::Kind::text;
        else if constexpr (std::is_pointer_v<T> || requires(T value) { value.value; })
            return Argument::Kind::unsigned_integer;
        else
            return Argument::Kind::text;
    }

    std::string_view pattern_;
};

template <class... Arguments>
using FormatString = CheckedFormatString<std::type_identity_t<Arguments>...>;

/// The untyped half of `format`: one copy for all calls.
void format_arguments(Sink sink, std::string_view pattern, std::span<const Argument> arguments);

/// Writes `pattern` with its placeholders filled to `sink`. Never fails and never allocates.
template <class... Arguments>
void format(Sink sink, FormatString<Arguments...> pattern, const Arguments&... arguments) {
    const Argument erased[] = {format_argument(arguments)..., Argument{}};
    format_arguments(sink, pattern.pattern(), {erased, sizeof...(Arguments)});
}

} // namespace base
