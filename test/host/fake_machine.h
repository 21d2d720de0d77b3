// A machine with several CPUs, on which the kernel has come up as far as its scheduler: programs are what the
// test does in their name.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>

#include "hal/boot.h"
#include "hal/smp.h"
#include "hal/trap.h"
#include "kernel/abi/system_call.h"
#include "kernel/memory/address_space.h"
#include "test/host/fake_cpus.h"
#include "test/host/fake_hal.h"

namespace fake {

/// What a system call gave back.
struct Answer {
    static constexpr std::uint64_t none = 0xdead; ///< Status of a call that has not been answered.

    std::uint64_t status = none;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    bool repeats = false; ///< The call will be made again.

    bool succeeded() const { return status == 0; }

    bool is(abi::Error error) const { return status == static_cast<std::uint64_t>(error); }
};

class Machine {
public:
    static constexpr std::uint64_t mib = 1024 * 1024;
    static constexpr base::PhysicalAddress ram_start{0x8000'0000};
    static constexpr base::PhysicalRange initrd{ram_start + 16 * mib, mib};
    static constexpr base::Nanoseconds slice = base::milliseconds(10);

    /// All CPUs idle, and the kernel lock is free.
    explicit Machine(std::uint32_t cpus, std::uint64_t ram_size = 64 * mib);
    /// No thread may be left.
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Does something in the kernel, on that CPU, as the handler of an interrupt that comes there.
    void act(std::uint32_t cpu, std::function<void()> what);

    /// The thread that CPU `cpu` runs makes a system call.
    Answer call(std::uint32_t cpu, abi::SystemCall number,
                std::initializer_list<std::uint64_t> arguments = {});

    /// The thread that CPU `cpu` runs faults.
    void fault(std::uint32_t cpu, const hal::UserFault& fault);

    /// Has the CPUs take the interrupts that the kernel asked for, until there are no more: notices, and
    /// deadlines that have come.
    void settle();

    /// Moves the clock and settles, at each deadline on the way.
    void pass(base::Nanoseconds time);

    base::Nanoseconds now() const { return now_; }

    bool idles(std::uint32_t cpu) const { return cpus_.idles(cpu); }

    /// A notice is on its way to that CPU.
    bool is_notified(std::uint32_t cpu) const { return notified_[cpu]; }

    /// Has a CPU take the notice that is on its way to it.
    void take_notice(std::uint32_t cpu);

    std::uint32_t cpu_count() const { return cpus_.count(); }

    const hal::BootInfo& boot_info() const { return boot_info_; }

private:
    void boot();
    void interrupt(std::uint32_t cpu, const hal::Claim& claim);
    void notify(std::uint32_t cpu);
    bool take_deadline(std::uint32_t cpu);
    std::optional<base::Nanoseconds> next_deadline();

    Ram ram_;
    hal::BootInfo boot_info_;
    Cpus cpus_;
    std::array<hal::UserContext*, hal::max_cpus> users_{}; ///< Whose registers a CPU left the kernel with.
    std::array<bool, hal::max_cpus> notified_{};
    hal::UserFault fault_;
    base::Nanoseconds now_{};
};

/// Does something as CPU `cpu`, on this stack.
void as_cpu(std::uint32_t cpu, const std::function<void()>& what);

} // namespace fake
