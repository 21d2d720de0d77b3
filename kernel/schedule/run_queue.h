// The threads that are ready on one CPU, by priority: choosing one takes the same time however many there
// are.
//
//     bits      …0100000100     a bit for each priority that has a thread, the lowest bit for the highest
//     lists     31 … 16 … 0     first come, first served within one
#pragma once

#include <array>
#include <cstdint>

#include "kernel/abi/process.h"
#include "kernel/base/bits.h"
#include "kernel/schedule/thread.h"

namespace schedule {

class RunQueue {
public:
    /// Adds a thread behind, or before, those of its priority; it must be in no list.
    void push_back(Thread& thread) {
        // [lab 9: keep a run queue]
        lists_[thread.priority].push_back(thread);
        bits_ |= bit(thread.priority);
        // [/lab]
    }

    void push_front(Thread& thread) {
        // [lab 9: keep a run queue]
        lists_[thread.priority].push_front(thread);
        bits_ |= bit(thread.priority);
        // [/lab]
    }

    /// Takes a thread out that is in this queue, under the priority that it was added with.
    void remove(Thread& thread) {
        // [lab 9: keep a run queue]
        thread.unlink();
        if (lists_[thread.priority].empty()) bits_ &= ~bit(thread.priority);
        // [/lab]
    }

    /// The first of the highest priority, or null.
    Thread* first() const {
        // [lab 9: keep a run queue]
        return bits_ == 0 ? nullptr : lists_[highest(bits_)].front();
        // [/lab]
    }

    /// The first, from the highest priority on, that may run on that CPU; or null.
    Thread* first_for(std::uint32_t cpu) {
        for (std::uint32_t left = bits_; left != 0; left &= ~bit(highest(left)))
            for (Thread& thread : lists_[highest(left)])
                if (thread.may_run_on(cpu)) return &thread;
        return nullptr;
    }

    bool has(std::uint8_t priority) const { return (bits_ & bit(priority)) != 0; }

    bool empty() const { return bits_ == 0; }

private:
    static constexpr unsigned priorities = abi::highest_priority + 1;
    static_assert(priorities <= 32);

    static constexpr std::uint32_t bit(unsigned priority) {
        return std::uint32_t{1} << (abi::highest_priority - priority);
    }

    static unsigned highest(std::uint32_t bits) { return abi::highest_priority - base::lowest_bit(bits); }

    std::uint32_t bits_ = 0;
    std::array<base::List<Thread>, priorities> lists_;
};

} // namespace schedule
