// Threads without processes, for tests of the scheduler: what they do is done in their name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernel/schedule/cpu.h"
#include "kernel/schedule/scheduler.h"
#include "test/host/fake_space.h"

namespace fake {

struct Thread : schedule::Thread {
    Thread(memory::AddressSpace& space, std::uint8_t priority);

    unsigned left = 0; ///< How often on_left was called.
};

/// A machine with threads; at its end each is stopped, and must have left exactly once if it was started.
class Threads {
public:
    explicit Threads(std::uint32_t cpus);
    ~Threads();

    /// A thread that has not been started.
    Thread& add(std::uint8_t priority, std::uint32_t affinity = ~std::uint32_t{0});
    /// One that is started on CPU `cpu`, and everything that follows has happened.
    Thread& start(std::uint8_t priority, std::uint32_t affinity = ~std::uint32_t{0}, std::uint32_t cpu = 0);

    /// Does something on a CPU in the kernel, in the name of the thread that runs there; then lets everything
    /// happen that follows.
    void act(std::uint32_t cpu, const std::function<void()>& what);

    /// Whoever runs on that CPU, or null.
    static schedule::Thread* on(std::uint32_t cpu) { return schedule::cpus[cpu]->current; }

    Machine& machine() { return space_.machine; }

    const std::vector<std::unique_ptr<Thread>>& all() const { return threads_; }

private:
    Space space_;
    std::vector<std::unique_ptr<Thread>> threads_;
    std::vector<Thread*> started_;
};

/// Whether what must always hold between threads and queues holds; ends the test where it does not.
void check_scheduler(Threads& threads);
/// And what must hold once every CPU has looked: nobody waits who should run.
void check_placement(Threads& threads);

} // namespace fake
