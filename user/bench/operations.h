// The operations that bench measures.
#pragma once

#include <cstdint>
#include <string_view>

#include "user/lib/result.h"
#include "user/lib/time.h"

namespace bench {

/// How long so many repetitions took.
struct Measured {
    trivium::Nanoseconds time{};
    std::uint64_t repetitions = 0;
};

/// A system call that does nothing, from this program and back to it.
trivium::Result<Measured> null_syscall();
/// From one process to another by yield, on one CPU.
trivium::Result<Measured> yield();
/// The first touch of a page that is mapped on demand.
trivium::Result<Measured> demand_zero_page();
/// Starting the smallest program, its run, and waiting for its end.
trivium::Result<Measured> spawn_exit_wait();

/// What yield() starts of this program: yields for ever.
inline constexpr std::string_view partner_argument = "yield-partner";
[[noreturn]] void be_partner();

} // namespace bench
