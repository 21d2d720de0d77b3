// Memory ordering on arm64, for observers in the outer shareable domain, where devices are (Arm ARM B2.3.7).
#pragma once

namespace platform {

struct Barrier {
    static void before_publish() { asm volatile("dmb oshst" ::: "memory"); }

    static void after_observe() { asm volatile("dmb oshld" ::: "memory"); }

    static void full() { asm volatile("dmb osh" ::: "memory"); }
};

} // namespace platform
