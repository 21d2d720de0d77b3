// What the C++ library calls when a precondition of its own is broken: here there are no exceptions, so it is
// a panic.
#include "kernel/base/log.h"

namespace std {

/// E.g. string_view::substr behind the end.
[[noreturn]] void __throw_out_of_range_fmt(const char* what,
                                           ...) { // NOLINT: the library's own name and signature
    base::panic_line(what, std::source_location::current());
}

} // namespace std
