// Breaks a rule, and is ended for it: crash null|kernel|exec-data|write-text|stack|opcode|privileged.
#include <machine/system_call.h>

#include <algorithm>
#include <array>

#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

volatile char* at(std::uint64_t address) { return reinterpret_cast<volatile char*>(address); }

constinit volatile std::uint64_t null = 0; // Unknown to the compiler, which would make something of it.

void read_null() { (void)*at(null); }

void read_kernel() { (void)*at(0xffff'ffff'8000'0000); }

constinit std::array<unsigned char, 64> data{};

void execute_data() { reinterpret_cast<void (*)()>(data.data())(); }

void write_text() { *at(reinterpret_cast<std::uintptr_t>(&write_text)) = 0; }

constinit volatile bool endless = true;

int fill_stack(int depth) {
    volatile char page[4096];
    page[0] = static_cast<char>(depth);
    return endless ? fill_stack(depth + 1) + page[0] : 0;
}

void overflow_stack() { (void)fill_stack(0); }

void execute_undefined() { machine::undefined_instruction(); }

void execute_privileged() { machine::privileged_instruction(); }

struct Crash {
    std::string_view name;
    void (*run)();
};

constexpr std::array<Crash, 7> crashes{{
    {"null", read_null},
    {"kernel", read_kernel},
    {"exec-data", execute_data},
    {"write-text", write_text},
    {"stack", overflow_stack},
    {"opcode", execute_undefined},
    {"privileged", execute_privileged},
}};

} // namespace

int main(Arguments arguments) {
    const std::string_view wanted = arguments.size() > 1 ? arguments[1] : "";
    const auto crash = std::ranges::find(crashes, wanted, &Crash::name);
    if (crash == crashes.end()) {
        print_error("usage: crash null|kernel|exec-data|write-text|stack|opcode|privileged\n");
        return 2;
    }
    crash->run();
    print("crash {}: nothing happened\n", wanted);
    return 1;
}
