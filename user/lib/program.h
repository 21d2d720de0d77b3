// What every program begins with: its main function, arguments and environment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace trivium {

/// A program's arguments; the first is the name under which it was started.
using Arguments = std::span<const std::string_view>;

/// The value of an environment variable. It lasts as long as the program.
std::optional<std::string_view> environment(std::string_view name);

/// Ends the program with that code. What it returns from main does the same.
[[noreturn]] void exit(std::int64_t code);

/// Where the heap may begin: behind the program's segments and a guard page.
std::uint64_t heap_start();

} // namespace trivium

/// Every program defines this: what it returns is its exit code, 0 for success.
int main(trivium::Arguments arguments);
