// Start-up of a process: what the kernel left at the top of the stack becomes main's arguments.
#include "user/lib/program.h"

#include <array>
#include <new>

#include "kernel/abi/process.h"
#include "user/lib/calls.h"
#include "user/lib/print.h"

namespace trivium {
namespace {

constinit const abi::StartInfo* start_info = nullptr;

/// The string that begins at `address`, and moves the address behind its zero.
std::string_view take_string(std::uint64_t& address) {
    const std::string_view text(reinterpret_cast<const char*>(address));
    address += text.size() + 1;
    return text;
}

/// More arguments than most programs get; those with more have them on the heap.
constexpr std::size_t usual_arguments = 16;

int run_main(std::span<std::string_view> arguments) {
    std::uint64_t address = start_info->arguments;
    for (std::string_view& argument : arguments) argument = take_string(address);
    return main(arguments);
}

int run_main_with_many(std::size_t count) {
    auto* arguments = new (std::nothrow) std::string_view[count];
    if (arguments != nullptr) return run_main({arguments, count});
    print_error("no memory for {} arguments\n", count);
    return 1;
}

} // namespace

std::optional<std::string_view> environment(std::string_view name) {
    std::uint64_t address = start_info->environment;
    for (std::uint32_t i = 0; i < start_info->environment_count; ++i) {
        const std::string_view variable = take_string(address);
        if (variable.starts_with(name) && variable.substr(name.size()).starts_with('='))
            return variable.substr(name.size() + 1);
    }
    return {};
}

void exit(std::int64_t code) { call::exit(code); }

std::uint64_t heap_start() { return start_info->heap_start; }

} // namespace trivium

/// Called by start.S with the stack that the kernel made.
extern "C" [[noreturn]] void start_process(const abi::StartInfo* info) {
    trivium::start_info = info;
    const std::size_t count = info->argument_count;
    std::array<std::string_view, trivium::usual_arguments> arguments;
    if (count > arguments.size()) trivium::exit(trivium::run_main_with_many(count));
    trivium::exit(trivium::run_main(std::span(arguments).first(count)));
}
