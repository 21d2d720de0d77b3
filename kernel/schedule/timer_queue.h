// Timers ordered by their deadline: an intrusive pairing heap.
//
// The earliest is the root, at hand in O(1); insertion is O(1); taking out costs O(log n), amortised. Nothing
// is allocated, since a timer carries its own links, so that starting one cannot fail.
//
//     root: deadline 10
//       child ──> 25 ──sibling──> 12 ──sibling──> 40
//                                  └─child──> 31         a parent is never later than its children
#pragma once

#include "kernel/base/time.h"

namespace schedule {

/// Calls `expire(context)` once, when its deadline has come. Owned by whoever starts it; must outlive its
/// time in the queue.
class Timer {
public:
    using Callback = void (*)(void* context);

    constexpr Timer(Callback expire, void* context) : expire_(expire), context_(context) {}

    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    base::Nanoseconds deadline() const { return deadline_; }

    bool is_queued() const { return queued_; }

    void expire() const { expire_(context_); }

    /// Which CPU's queue it was put in last; for whoever keeps one for each.
    std::uint32_t cpu = 0;

private:
    friend class TimerQueue;
    Callback expire_;
    void* context_;
    base::Nanoseconds deadline_{};
    bool queued_ = false;
    Timer* child_ = nullptr;
    Timer* sibling_ = nullptr;
    Timer* previous_ = nullptr; ///< The sibling before, or for a first child its parent; null for the root.
};

class TimerQueue {
public:
    /// Queues `timer`, which must not be queued. Timers of equal deadline expire in no promised order.
    void insert(Timer& timer, base::Nanoseconds deadline);
    /// Takes `timer` out; harmless when it is not queued.
    void remove(Timer& timer);

    /// The timer with the earliest deadline, or null.
    Timer* earliest() const { return root_; }

    /// Takes out the earliest timer if its deadline is not after `now`, else null.
    Timer* pop_expired(base::Nanoseconds now);

private:
    static Timer* meld(Timer* left, Timer* right);
    static Timer* meld_siblings(Timer* first);
    static void detach(Timer& timer);

    Timer* root_ = nullptr;
};

} // namespace schedule
