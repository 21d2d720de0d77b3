// Makes the system calls and memory accesses that its words name, in their order, and prints what each gives:
// try map 0x50000000 8192 3 0 0 poke 0x50000ff8 7 peek 0x50000ff8
#include <algorithm>
#include <array>
#include <optional>

#include "user/lib/calls.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

using Words = std::array<std::uint64_t, 6>;

/// What the call before gave: `@` means it.
constinit std::uint64_t last = 0;

volatile std::uint64_t* at(std::uint64_t address) {
    return reinterpret_cast<volatile std::uint64_t*>(address);
}

void make_call(std::string_view name, std::uint64_t number, const Words& words) {
    const machine::Result result =
        machine::system_call(number, words[0], words[1], words[2], words[3], words[4], words[5]);
    if (result.status != 0) return print("{}: {}\n", name, static_cast<Error>(result.status));
    last = result.first;
    print("{}: {:#x}, {:#x}\n", name, result.first, result.second);
}

void peek(const Words& words) { print("peek: {:#x}\n", *at(words[0])); }

void poke(const Words& words) {
    *at(words[0]) = words[1];
    print("poke: done\n");
}

/// Each word of a range, and so each of its pages.
void fill(const Words& words) {
    for (std::uint64_t done = 0; done < words[1]; done += sizeof(std::uint64_t))
        *at(words[0] + done) = words[2];
    print("fill: done\n");
}

void jump(const Words& words) { reinterpret_cast<void (*)()>(words[0])(); }

/// A call of any number, of which the kernel may know none.
void call_number(const Words& words) { make_call("call", words[0], {}); }

struct Access {
    std::string_view name;
    std::size_t count;
    void (*make)(const Words& words);
};

constexpr std::array<Access, 5> accesses{
    {{"peek", 1, peek}, {"poke", 2, poke}, {"fill", 3, fill}, {"jump", 1, jump}, {"call", 1, call_number}}};

std::optional<std::uint64_t> parse_hexadecimal(std::string_view digits) {
    constexpr std::string_view all = "0123456789abcdef";
    if (digits.empty() || digits.size() > 16) return {};
    std::uint64_t value = 0;
    for (const char digit : digits) {
        const std::size_t found = all.find(digit);
        if (found == std::string_view::npos) return {};
        value = value << 4 | found;
    }
    return value;
}

std::optional<std::uint64_t> parse_word(std::string_view text) {
    if (text == "@") return last;
    return text.starts_with("0x") ? parse_hexadecimal(text.substr(2)) : parse_number(text);
}

/// Takes so many words off `rest`; nothing when there are fewer, or one is no number.
std::optional<Words> take(Arguments& rest, std::size_t count) {
    if (rest.size() < count) return {};
    Words words{};
    for (std::size_t i = 0; i < count; ++i) {
        const auto word = parse_word(rest[i]);
        if (!word) return {};
        words[i] = *word;
    }
    rest = rest.subspan(count);
    return words;
}

/// Characters as they stand on the command line.
bool put_text(Arguments& rest) {
    const auto words = take(rest, 1);
    if (!words || rest.empty()) return false;
    std::ranges::copy(rest.front(), reinterpret_cast<char*>((*words)[0]));
    rest = rest.subspan(1);
    return true;
}

std::size_t count_arguments(std::string_view takes) {
    return takes.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(takes, ',')) + 1;
}

/// Does what `rest` begins with, and takes it off; false when that is nothing that can be done.
bool do_next(Arguments& rest) {
    const std::string_view name = rest.front();
    rest = rest.subspan(1);
    if (name == "text") return put_text(rest);
    if (const auto access = std::ranges::find(accesses, name, &Access::name); access != accesses.end()) {
        const auto words = take(rest, access->count);
        if (words) access->make(*words);
        return words.has_value();
    }
    const auto call = std::ranges::find(abi::system_calls, name, &abi::SystemCallDescription::name);
    if (call == abi::system_calls.end()) return false;
    const auto words = take(rest, count_arguments(call->takes));
    if (words) make_call(name, static_cast<std::uint64_t>(call->number), *words);
    return words.has_value();
}

} // namespace

int main(Arguments arguments) {
    Arguments rest = arguments.subspan(1);
    bool understood = !rest.empty();
    while (understood && !rest.empty()) understood = do_next(rest);
    if (understood) return 0;
    print_error("usage: try WHAT..., each of them a system call's name and its words, or\n"
                "  peek ADDRESS             read a word of memory\n"
                "  poke ADDRESS VALUE       write one\n"
                "  fill ADDRESS SIZE VALUE  write many\n"
                "  text ADDRESS CHARACTERS  write characters\n"
                "  jump ADDRESS             run what is there\n"
                "  call NUMBER              make a system call, of any number\n"
                "Numbers are decimal or begin with 0x; `@` is what the last call gave.\n");
    return 2;
}
