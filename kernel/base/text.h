// Text<N>: a string of at most N characters that owns its storage; too much text is cut and says so.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "kernel/base/format.h"

namespace base {

template <std::size_t Capacity>
class Text {
public:
    constexpr Text() = default;

    constexpr Text(std::string_view text) { append(text); }

    constexpr Text(const char* text) { append(text); }

    /// Builds a text by formatting, as `format` does.
    template <class... Arguments>
    static Text of(FormatString<Arguments...> pattern, const Arguments&... arguments) {
        Text text;
        format(text.sink(), pattern, arguments...);
        return text;
    }

    /// Appends as much as fits.
    constexpr void append(std::string_view more) {
        const std::size_t fitting = std::min(more.size(), Capacity - size_);
        std::copy_n(more.begin(), fitting, characters_.begin() + size_);
        size_ += fitting;
        truncated_ = truncated_ || fitting < more.size();
    }

    constexpr void clear() {
        size_ = 0;
        truncated_ = false;
    }

    constexpr std::string_view view() const { return {characters_.data(), size_}; }

    constexpr operator std::string_view() const { return view(); }

    constexpr bool truncated() const { return truncated_; }

    /// A sink that appends to this text, which must outlive it.
    Sink sink() {
        return {[](void* context, std::string_view more) { static_cast<Text*>(context)->append(more); },
                this};
    }

private:
    std::array<char, Capacity> characters_{};
    std::size_t size_ = 0;
    bool truncated_ = false;
};

template <std::size_t Capacity>
Argument format_argument(const Text<Capacity>& text) {
    return Argument::of(text.view());
}

} // namespace base
