// Time as a strong type: nanoseconds since boot, or a span of them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace base {

/// A point in time since boot, or a duration; 64 bits of nanoseconds last for 584 years.
struct Nanoseconds {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Nanoseconds&) const = default;

    constexpr Nanoseconds operator+(Nanoseconds other) const { return {value + other.value}; }

    constexpr Nanoseconds operator-(Nanoseconds other) const { return {value - other.value}; }

    constexpr Nanoseconds operator*(std::uint64_t factor) const { return {value * factor}; }
};

constexpr Nanoseconds microseconds(std::uint64_t count) { return {count * 1'000}; }

constexpr Nanoseconds milliseconds(std::uint64_t count) { return {count * 1'000'000}; }

constexpr Nanoseconds seconds(std::uint64_t count) { return {count * 1'000'000'000}; }

/// A time as programs say it: nothing for the word that stands for one that never comes.
constexpr std::optional<Nanoseconds> to_deadline(std::uint64_t word) {
    if (word == ~std::uint64_t{0}) return std::nullopt;
    return Nanoseconds{word};
}

/// Converts between counter ticks and nanoseconds without dividing: a whole factor, and a fraction in units
/// of 2^-64.
///
/// The result is what exact arithmetic would give, rounded down, or one less: the fraction is off by less
/// than 2^-64, and a value has less than 2^64 of it.
struct TickScale {
    std::uint64_t whole = 0;
    std::uint64_t fraction = 0;

    /// The scale that turns units of `from_hertz` into units of `to_hertz`. `from_hertz` must not be zero.
    static constexpr TickScale between(std::uint64_t from_hertz, std::uint64_t to_hertz) {
        const auto rest = static_cast<unsigned __int128>(to_hertz % from_hertz) << 64;
        return {to_hertz / from_hertz, static_cast<std::uint64_t>(rest / from_hertz)};
    }

    constexpr std::uint64_t operator()(std::uint64_t value) const {
        return value * whole +
               static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) * fraction >> 64);
    }

    constexpr bool is_known() const { return (whole | fraction) != 0; }
};

inline constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

} // namespace base
