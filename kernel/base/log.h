// What every room may say: print to the console, log with time and CPU, panic. Where the text goes is decided
// in kernel/trace (and, for host tests, in test/host).
#pragma once

#include <source_location>

#include "kernel/base/format.h"
#include "kernel/base/text.h"

namespace base {

/// The console, as a sink: text as it is, without time or CPU. Usable from the first instruction of C++ on.
Sink console_sink();

/// Prints to the console.
template <class... Arguments>
void print(FormatString<Arguments...> pattern, const Arguments&... arguments) {
    format(console_sink(), pattern, arguments...);
}

/// Stores one finished line, without its newline, in the kernel's log and shows it on the console.
void log_line(std::string_view line);

/// Logs one line, stamped with time and CPU; kept in the log for the `log` command. Longer lines are cut.
template <class... Arguments>
void log(FormatString<Arguments...> pattern, const Arguments&... arguments) {
    log_line(Text<200>::of(pattern, arguments...));
}

/// Ends the machine: message, backtrace, failing exit status. For what cannot be the user's fault.
[[noreturn]] void panic_line(std::string_view message, std::source_location where);

/// A pattern that remembers where it was written, so that `panic` can take arguments behind it.
template <class... Arguments>
struct PanicString {
    FormatString<Arguments...> pattern;
    std::source_location where;

    template <std::convertible_to<std::string_view> Pattern>
    consteval PanicString(const Pattern& text, std::source_location at = std::source_location::current())
        : pattern(text), where(at) {}
};

/// Panics with a formatted message that names the caller's file and line.
template <class... Arguments>
[[noreturn]] void panic(PanicString<std::type_identity_t<Arguments>...> message,
                        const Arguments&... arguments) {
    panic_line(Text<240>::of(message.pattern, arguments...), message.where);
}

/// Panics when an invariant of the kernel does not hold.
inline void check(bool invariant, std::string_view what,
                  std::source_location where = std::source_location::current()) {
    if (!invariant) [[unlikely]]
        panic_line(what, where);
}

} // namespace base
