// Formatted text to the standard output, and to other handles: the kernel's own formatter, in user mode.
//
//     print("{} of {} bytes\n", count, limit);
#pragma once

#include <array>
#include <string_view>

#include "kernel/abi/handle.h"
#include "kernel/base/format.h"
#include "user/lib/result.h"

namespace trivium {

/// Writes all of `text`. An error of the handle's loses the rest.
Result<void> write_all(abi::Handle to, std::string_view text);

/// Text on its way to a handle: gathered, so that one print() is one system call as long as it fits.
class Output {
public:
    explicit Output(abi::Handle to) : to_(to) {}

    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    ~Output() { flush(); }

    void append(std::string_view text);
    void flush();

    /// A sink that appends to this output, which must outlive it.
    base::Sink sink() {
        return {[](void* self, std::string_view text) { static_cast<Output*>(self)->append(text); }, this};
    }

private:
    abi::Handle to_;
    std::size_t size_ = 0;
    std::array<char, 512> text_; // Not cleared: only its first size_ characters mean anything.
};

/// Writes to the handle `to`, as base::format formats.
template <class... Arguments>
void print_to(abi::Handle to, base::FormatString<Arguments...> pattern, const Arguments&... arguments) {
    Output output(to);
    base::format(output.sink(), pattern, arguments...);
}

/// Writes to the standard output.
template <class... Arguments>
void print(base::FormatString<Arguments...> pattern, const Arguments&... arguments) {
    print_to(abi::standard_output, pattern, arguments...);
}

/// Writes to the standard error output.
template <class... Arguments>
void print_error(base::FormatString<Arguments...> pattern, const Arguments&... arguments) {
    print_to(abi::standard_error, pattern, arguments...);
}

} // namespace trivium
