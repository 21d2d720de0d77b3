// Functions that the compiler calls for arithmetic which rv64imac has no instruction for. They are known to
// it by name (GCC Internals 4.1). Its own library would have them, but is found only for the calling
// convention with FP registers.
#include <cstdint>

extern "C" {

/// The number of zero bits above the highest one; `value` is not 0.
int __clzdi2(std::uint64_t value) {
    int zeros = 0;
    for (unsigned half = 32; half != 0; half /= 2) {
        if (value >> (64 - half) != 0) continue;
        zeros += static_cast<int>(half);
        value <<= half;
    }
    return zeros;
}

/// The number of zero bits below the lowest one; `value` is not 0.
int __ctzdi2(std::uint64_t value) { return 63 - __clzdi2(value & -value); }

/// The number of bits that are one: sums of pairs, of fours, of bytes, and the sum of all bytes in the
/// highest.
int __popcountdi2(std::uint64_t value) {
    value -= value >> 1 & 0x5555'5555'5555'5555;
    value = (value & 0x3333'3333'3333'3333) + (value >> 2 & 0x3333'3333'3333'3333);
    value = (value + (value >> 4)) & 0x0f0f'0f0f'0f0f'0f0f;
    return static_cast<int>(value * 0x0101'0101'0101'0101 >> 56);
}

/// Long division, a bit at a time: used when scales are computed, at boot.
unsigned __int128 __udivti3(unsigned __int128 dividend, unsigned __int128 divisor) {
    unsigned __int128 quotient = 0;
    unsigned __int128 remainder = 0;
    for (int bit = 127; bit >= 0; --bit) {
        const bool carry = remainder >> 127 != 0;
        remainder = remainder << 1 | (dividend >> bit & 1);
        quotient <<= 1;
        if (!carry && remainder < divisor) continue;
        remainder -= divisor;
        quotient |= 1;
    }
    return quotient;
}

/// The same with signs, towards zero.
__int128 __divti3(__int128 dividend, __int128 divisor) {
    const auto magnitude = [](__int128 value) {
        const auto bits = static_cast<unsigned __int128>(value);
        return value < 0 ? -bits : bits;
    };
    const auto quotient = static_cast<__int128>(__udivti3(magnitude(dividend), magnitude(divisor)));
    return (dividend < 0) == (divisor < 0) ? quotient : -quotient;
}

} // extern "C"
