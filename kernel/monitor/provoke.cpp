// One function for each mistake that a kernel can make, named so that its backtrace shows it.
#include "kernel/monitor/provoke.h"

#include <array>
#include <cstdint>

#include "hal/image.h"
#include "kernel/base/log.h"

namespace monitor {
namespace {

/// An address that the compiler cannot see through, lest it optimises the mistake away.
template <class T>
T* hidden(std::uintptr_t address) {
    volatile std::uintptr_t opaque = address;
    return reinterpret_cast<T*>(opaque);
}

[[gnu::noinline]] void provoke_read() {
    const volatile char byte = *hidden<const volatile char>(8);
    static_cast<void>(byte);
}

[[gnu::noinline]] void provoke_write() { *hidden<volatile char>(8) = 1; }

[[gnu::noinline]] void provoke_write_text() {
    *hidden<volatile char>(reinterpret_cast<std::uintptr_t>(kernel_text_start)) = 1;
}

[[gnu::noinline]] void provoke_execute() { hidden<void()>(8)(); }

[[gnu::noinline]] void provoke_execute_data() {
    static std::array<std::uint32_t, 4> data{};
    hidden<void()>(reinterpret_cast<std::uintptr_t>(data.data()))();
}

[[gnu::noinline]] std::uint64_t provoke_stack(std::uint64_t depth) { // NOLINT: endless on purpose
    volatile std::uint64_t local = depth;
    return local == 0 ? 0 : provoke_stack(local + 1) + local;
}

[[gnu::noinline]] void provoke_divide() {
    volatile int zero = 0;
    volatile int quotient = 1;
    quotient = quotient / zero;
    base::print("1 / 0 = {}: this CPU does not trap division by zero\n", static_cast<int>(quotient));
}

[[gnu::noinline]] void provoke_undefined() { __builtin_trap(); }

[[gnu::noinline]] void provoke_double_free() {
    char* const memory = new char[40];
    char* const again = hidden<char>(reinterpret_cast<std::uintptr_t>(memory));
    delete[] memory;
    delete[] again;
}

[[gnu::noinline]] void provoke_overrun() {
    char* const memory = new char[40];
    hidden<volatile char>(reinterpret_cast<std::uintptr_t>(memory))[40] = 1;
    delete[] memory;
    base::print(
        "the byte behind the block was overwritten unseen: red zones are in debug builds (DEBUG=1)\n");
}

[[gnu::noinline]] void provoke_assert() {
    base::check(hidden<char>(0) != nullptr, "a check that cannot hold");
}

struct Mistake {
    std::string_view kind;
    std::string_view what;
    void (*make)();
};

constexpr std::array mistakes{
    Mistake{"read", "read from address 8", provoke_read},
    Mistake{"write", "write to address 8", provoke_write},
    Mistake{"write-text", "write to the kernel's own code", provoke_write_text},
    Mistake{"execute", "jump to address 8", provoke_execute},
    Mistake{"execute-data", "jump into an array", provoke_execute_data},
    Mistake{"stack", "recurse until the stack is used up", [] { provoke_stack(1); }},
    Mistake{"divide", "divide by zero", provoke_divide},
    Mistake{"undefined", "execute an instruction that is none", provoke_undefined},
    Mistake{"double-free", "free the same memory twice", provoke_double_free},
    Mistake{"overrun", "write behind the end of an allocation", provoke_overrun},
    Mistake{"assert", "break an invariant of the kernel's own", provoke_assert},
};

} // namespace

void provoke(std::string_view kind, base::Sink sink) {
    for (const Mistake& mistake : mistakes)
        if (mistake.kind == kind) return mistake.make();
    if (!kind.empty()) base::format(sink, "panic: no way to crash is called '{}'\n", kind);
    for (const Mistake& mistake : mistakes)
        base::format(sink, "  panic {:<14} {}\n", mistake.kind, mistake.what);
}

} // namespace monitor
