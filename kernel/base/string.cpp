// The C library functions that the compiler itself calls for, and the few that libfdt uses.
#include <cstddef>
#include <cstdint>

namespace {

/// Memory of any type, seen as words: may_alias tells the compiler so.
using Word [[gnu::may_alias]] = std::uint64_t;

/// Four at a time, which saves most of a loop's own cost.
struct [[gnu::may_alias]] Words {
    std::uint64_t first, second, third, fourth;
};

bool is_word_aligned(const void* address) {
    return reinterpret_cast<std::uintptr_t>(address) % sizeof(Word) == 0;
}

Word& word_at(void* address) { return *static_cast<Word*>(address); }

const Word& word_at(const void* address) { return *static_cast<const Word*>(address); }

Words& words_at(void* address) { return *static_cast<Words*>(address); }

const Words& words_at(const void* address) { return *static_cast<const Words*>(address); }

} // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t count) {
    auto* target = static_cast<char*>(to);
    const auto* source = static_cast<const char*>(from);
    if (is_word_aligned(to) && is_word_aligned(from)) { // The kernel's commonest loops.
        for (; count >= sizeof(Words);
             count -= sizeof(Words), target += sizeof(Words), source += sizeof(Words))
            words_at(target) = words_at(source);
        for (; count >= sizeof(Word); count -= sizeof(Word), target += sizeof(Word), source += sizeof(Word))
            word_at(target) = word_at(source);
    }
    for (; count > 0; --count) *target++ = *source++;
    return to;
}

void* memmove(void* to, const void* from, std::size_t count) {
    auto* target = static_cast<char*>(to);
    const auto* source = static_cast<const char*>(from);
    if (target <= source || target >= source + count) return memcpy(to, from, count);
    while (count > 0) {
        --count;
        target[count] = source[count];
    }
    return to;
}

void* memset(void* to, int byte, std::size_t count) {
    auto* target = static_cast<unsigned char*>(to);
    for (; count > 0 && !is_word_aligned(target); --count) *target++ = static_cast<unsigned char>(byte);
    const Word pattern = 0x0101010101010101u * static_cast<unsigned char>(byte);
    for (; count >= sizeof(Word); count -= sizeof(Word), target += sizeof(Word)) word_at(target) = pattern;
    for (; count > 0; --count) *target++ = static_cast<unsigned char>(byte);
    return to;
}

int memcmp(const void* left, const void* right, std::size_t count) {
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    for (std::size_t i = 0; i < count; ++i)
        if (a[i] != b[i]) return a[i] - b[i];
    return 0;
}

void* memchr(const void* bytes, int byte, std::size_t count) {
    const auto* text = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < count; ++i)
        if (text[i] == static_cast<unsigned char>(byte)) return const_cast<unsigned char*>(text + i);
    return nullptr;
}

std::size_t strnlen(const char* text, std::size_t limit) {
    std::size_t length = 0;
    while (length < limit && text[length] != '\0') ++length;
    return length;
}

std::size_t strlen(const char* text) { return strnlen(text, SIZE_MAX); }

char* strchr(const char* text, int character) {
    for (;; ++text) {
        if (*text == static_cast<char>(character)) return const_cast<char*>(text);
        if (*text == '\0') return nullptr;
    }
}

char* strrchr(const char* text, int character) {
    const char* last = nullptr;
    for (;; ++text) {
        if (*text == static_cast<char>(character)) last = text;
        if (*text == '\0') return const_cast<char*>(last);
    }
}

int strcmp(const char* left, const char* right) {
    while (*left != '\0' && *left == *right) {
        ++left;
        ++right;
    }
    return static_cast<unsigned char>(*left) - static_cast<unsigned char>(*right);
}

} // extern "C"
