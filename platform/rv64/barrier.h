// Memory ordering on rv64: device registers are of the I/O kind, ordered apart from memory (RISC-V
// Unprivileged 2.7).
#pragma once

namespace platform {

struct Barrier {
    static void before_publish() { asm volatile("fence w, ow" ::: "memory"); }

    static void after_observe() { asm volatile("fence ir, r" ::: "memory"); }

    static void full() { asm volatile("fence iorw, iorw" ::: "memory"); }
};

} // namespace platform
