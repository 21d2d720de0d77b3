// Which interrupt vectors mean what. Higher vectors are more urgent, in classes of 16 (Intel SDM 3A, 10.8.3).
#pragma once

#include <cstdint>

namespace platform::vector {

inline constexpr std::uint32_t first_line = 0x30; ///< Global interrupt n arrives as this vector plus n.
inline constexpr std::uint32_t line_limit = 0xb0; ///< Global interrupts from this number on have no vector.
inline constexpr std::uint32_t timer = 0xe0;
inline constexpr std::uint32_t notice = 0xf0;   ///< Another CPU's notify_cpu()
inline constexpr std::uint32_t spurious = 0xff; ///< Its low four bits must be set on old CPUs.

} // namespace platform::vector
