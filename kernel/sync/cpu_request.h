// Asking another CPU to do something now: it answers while it waits for the kernel lock, idles, or is about
// to leave user mode. What is asked must be short, and must not take the lock.
// (The namespace is not called `sync`, for that is a function of the C library.)
#pragma once

#include <atomic>
#include <cstdint>

namespace locking {

/// Something that other CPUs are to run. Lives with whoever asks, until all have.
struct CpuRequest {
    void (*run)(CpuRequest& request) = nullptr;
    std::atomic<std::uint32_t> left = 0; ///< How many have yet to.
};

/// Has each of `cpus`, a bit for each, which are up and others than this one, run the request, all at once,
/// and waits until they have. The kernel lock must be held: so there is one who asks at a time.
void ask_cpus(std::uint32_t cpus, CpuRequest& request);

using Stop = void (*)();
/// Has CPU `cpu` run `act`, which does not come back, and waits until it has called
/// stop_has_ended(), but not for long: it may be past hearing. For a panic: with or without the lock.
void stop_cpu(std::uint32_t cpu, Stop act);
/// For `act`: it has said all it has to say.
void stop_has_ended();

/// Runs what this CPU was asked for, if anything. Any context in which interrupts are masked.
void serve_requests();

} // namespace locking
