// The fourth platform: the host. RAM is an array, the clock is set by hand, and what the kernel says can be
// read back.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hal/interrupt.h"
#include "hal/mmu.h"
#include "kernel/base/time.h"

namespace fake {

/// What base::panic throws here, so that a test can expect it.
struct PanicException : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Physical memory from `start` on, zeroed and only there as far as it is touched; the direct map is placed
/// over it. One at a time.
class Ram {
public:
    Ram(base::PhysicalAddress start, std::size_t size);
    ~Ram();
    Ram(const Ram&) = delete;
    Ram& operator=(const Ram&) = delete;

    base::PhysicalRange range() const { return {start_, bytes_.size()}; }

    /// From here on the sanitizer stops whoever touches that part.
    void forbid(base::PhysicalRange part);

private:
    base::PhysicalAddress start_;
    std::span<std::byte> bytes_;
};

/// The clock stands still until a test moves it.
void set_now(base::Nanoseconds now);
/// The deadline that the kernel asked for last and has not withdrawn.
std::optional<base::Nanoseconds> deadline();

/// Puts characters where hal::console_get finds them.
void type(std::string_view text);
/// What was printed, and which lines were logged, since the last reset().
std::string& console_output();
std::vector<std::string>& log_lines();

/// Makes hal::claim_interrupt find this, behind those that wait already.
void raise(hal::Claim claim);

/// Clock, deadline, console, log and interrupts as they were in the beginning.
void reset();

} // namespace fake
