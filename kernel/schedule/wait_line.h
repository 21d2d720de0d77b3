// Threads that wait for the same thing, the most urgent first, and within one priority in the order in which
// they came.
//
// Who comes walks from the end past those who are less urgent: mostly past nobody. The first is at hand.
#pragma once

#include "kernel/base/list.h"
#include "kernel/schedule/thread.h"

namespace schedule {

class WaitLine {
public:
    /// Adds a thread, which must be in no list, under its priority.
    void add(Thread& thread) {
        // [lab 13: wait in line]
        Thread* before = threads_.back();
        while (before && before->priority < thread.priority) before = threads_.before(*before);
        threads_.insert_after(before, thread);
        // [/lab]
    }

    /// Takes one out that is in it.
    static void remove(Thread& thread) { thread.unlink(); }

    /// The first, or null.
    Thread* first() const { return threads_.front(); }

    /// The first for which `matches(thread)` holds, or null.
    template <class Matches>
    Thread* first_that(Matches matches) {
        for (Thread& thread : threads_)
            if (matches(thread)) return &thread;
        return nullptr;
    }

private:
    base::List<Thread> threads_;
};

} // namespace schedule
