// The line between timer.cpp and interrupt.cpp: which interrupt is the timer's.
#pragma once

#include <cstdint>

namespace platform {

/// The timer's INTID; 0 before timer_initialize.
std::uint32_t timer_line();

} // namespace platform
