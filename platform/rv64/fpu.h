// The floating-point registers of rv64: f0 to f31 and fcsr (RISC-V Unprivileged, chapters 11 and 12), which
// sstatus.FS opens and closes (Privileged 3.1.6.6). Vector registers stay closed.
#pragma once

#include <array>
#include <cstdint>

#include "platform/rv64/csr.h"

namespace platform {

/// As fpu.S moves it.
struct FpuState {
    std::array<std::uint64_t, 32> f{};
    std::uint64_t fcsr = 0;
};

extern "C" {
void fpu_save(FpuState& state);
void fpu_load(const FpuState& state);
/// Whether there are registers of double precision. FS must be on; stvec is borrowed meanwhile.
bool fpu_answers();
}

struct Fpu {
    using State = FpuState;

    /// Looks whether this machine has any. Once, at boot.
    static void initialize() {
        enable();
        exists_ = fpu_answers();
        disable();
    }

    /// False where the instructions are illegal whatever FS says.
    static bool exists() { return exists_; }

    static bool is_enabled() { return (csr::sstatus::read() & sstatus_fpu_dirty) != 0; }

    static void enable() { csr::sstatus::set(sstatus_fpu_dirty); }

    static void disable() { csr::sstatus::clear(sstatus_fpu_dirty); }

    static void save(State& state) { fpu_save(state); }

    static void load(const State& state) { fpu_load(state); }

private:
    static inline bool exists_ = false;
};

} // namespace platform
