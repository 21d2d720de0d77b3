// The pairing heap of timers (Fredman, Sedgewick, Sleator, Tarjan: The pairing heap, 1986).
#include "kernel/schedule/timer_queue.h"

#include <utility>

namespace schedule {

void TimerQueue::insert(Timer& timer, base::Nanoseconds deadline) {
    timer.deadline_ = deadline;
    timer.queued_ = true;
    timer.child_ = timer.sibling_ = timer.previous_ = nullptr;
    root_ = meld(root_, &timer);
}

void TimerQueue::remove(Timer& timer) {
    if (!timer.queued_) return;
    timer.queued_ = false;
    Timer* const orphans = meld_siblings(std::exchange(timer.child_, nullptr));
    if (&timer == root_) {
        root_ = orphans;
        return;
    }
    detach(timer);
    root_ = meld(root_, orphans);
}

Timer* TimerQueue::pop_expired(base::Nanoseconds now) {
    Timer* const first = root_;
    if (!first || first->deadline_ > now) return nullptr;
    remove(*first);
    return first;
}

/// Joins two heaps: the later root becomes the first child of the earlier.
Timer* TimerQueue::meld(Timer* left, Timer* right) {
    if (!left || !right) return left ? left : right;
    if (right->deadline_ < left->deadline_) std::swap(left, right);
    right->previous_ = left;
    right->sibling_ = left->child_;
    if (left->child_) left->child_->previous_ = right;
    left->child_ = right;
    return left;
}

/// Joins a list of siblings in two passes, pairs from the left and then all into one: what makes the heap's
/// cost logarithmic. The pairs are stacked through their sibling links, so that no recursion is needed.
Timer* TimerQueue::meld_siblings(Timer* first) {
    Timer* pairs = nullptr;
    while (first) {
        Timer* const left = first;
        Timer* const right = left->sibling_;
        first = right ? right->sibling_ : nullptr;
        left->sibling_ = left->previous_ = nullptr;
        if (right) right->sibling_ = right->previous_ = nullptr;
        Timer* const pair = meld(left, right);
        pair->sibling_ = pairs;
        pairs = pair;
    }
    Timer* result = nullptr;
    while (pairs) {
        Timer* const pair = std::exchange(pairs, pairs->sibling_);
        pair->sibling_ = nullptr;
        result = meld(result, pair);
    }
    return result;
}

/// Takes a timer that is not the root out of its parent's children.
void TimerQueue::detach(Timer& timer) {
    if (timer.previous_->child_ == &timer)
        timer.previous_->child_ = timer.sibling_;
    else
        timer.previous_->sibling_ = timer.sibling_;
    if (timer.sibling_) timer.sibling_->previous_ = timer.previous_;
    timer.sibling_ = timer.previous_ = nullptr;
}

} // namespace schedule
