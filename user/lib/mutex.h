// Mutual exclusion between the threads of a process.
#pragma once

#include <atomic>
#include <cstdint>

namespace trivium {

/// Held by one thread at a time. Not recursive, not fair. For std::lock_guard's kind of use: see Locked.
class Mutex {
public:
    constexpr Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() {
        if (!try_lock()) wait_and_lock();
    }

    bool try_lock() { return held_.exchange(1, std::memory_order_acquire) == 0; }

    void unlock() { held_.store(0, std::memory_order_release); }

private:
    void wait_and_lock();

    std::atomic<std::uint32_t> held_{0}; ///< A word: not every machine exchanges single bytes.
};

/// Holds a mutex as long as it lives.
class [[nodiscard]] Locked {
public:
    explicit Locked(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }

    ~Locked() { mutex_.unlock(); }

    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

private:
    Mutex& mutex_;
};

} // namespace trivium
