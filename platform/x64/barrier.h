// Memory ordering on x64: stores become visible in order and loads are made in order (Intel SDM 3A 8.2.2), so
// that only the compiler must be held back; a load may overtake an earlier store, and that takes a fence.
#pragma once

namespace platform {

struct Barrier {
    static void before_publish() { asm volatile("" ::: "memory"); }

    static void after_observe() { asm volatile("" ::: "memory"); }

    static void full() { asm volatile("mfence" ::: "memory"); }
};

} // namespace platform
