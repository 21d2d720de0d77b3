// The fourth platform: the host. RAM is an array, the clock is set by hand, and what the kernel says can be
// read back.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hal/context.h"
#include "hal/interrupt.h"
#include "hal/mmu.h"
#include "kernel/base/time.h"

namespace fake {

/// What base::panic throws here, so that a test can expect it.
struct PanicException : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What hal::enter_user throws here.
struct EnteredUser {
    hal::UserContext& context;
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
/// The deadline that the kernel asked this CPU for last and has not withdrawn.
std::optional<base::Nanoseconds> deadline();

/// Puts characters where hal::console_get finds them.
void type(std::string_view text);
/// What was printed, and which lines were logged, since the last reset().
std::string& console_output();
std::vector<std::string>& log_lines();

/// Makes hal::claim_interrupt find this on this CPU, behind those that wait already.
void raise(hal::Claim claim);

/// What the interrupt controller was asked for since this was called first, in order, with the claim's token,
/// and on which CPU: "unmask 5", "drop 5 (77) on 0", "complete 5 (77) on 1", "mask 5".
std::vector<std::string>& controller_events();

/// Makes this thread CPU `index`, of hal::max_cpus: hal::current_cpu() is that one's from here on.
void become_cpu(std::uint32_t index);
/// The CPUs that hal::start_cpu started, and those that were notified, in order.
std::vector<std::uint32_t>& started_cpus();
std::vector<std::uint32_t>& notified_cpus();
/// Called by hal::notify_cpu, for what that CPU would do at once: become it, look, and become the caller
/// again.
void on_notify(std::function<void(std::uint32_t cpu)> act);

/// Clock, deadline, console, log, interrupts and CPUs as they were in the beginning.
void reset();

} // namespace fake
