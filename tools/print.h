// Printing to the host's standard output with the kernel's own formats.
#pragma once

#include <cstdio>
#include <string_view>

#include "kernel/base/format.h"

inline const base::Sink standard_output{
    [](void*, std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }, nullptr};

template <class... Arguments>
void print(base::FormatString<Arguments...> pattern, const Arguments&... arguments) {
    base::format(standard_output, pattern, arguments...);
}
