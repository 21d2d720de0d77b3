// Copies a text from the kernel to the standard output.
#include "user/lib/inspect.h"

#include "user/lib/print.h"

namespace trivium {

Result<void> print_topic(abi::Topic topic) {
    const auto system = open("system");
    if (!system) return std::unexpected(system.error());
    std::array<char, 512> text;
    for (std::uint64_t offset = 0;;) {
        const auto size =
            call::inspect(system->get(), topic, std::as_writable_bytes(std::span(text)), offset);
        if (!size) return std::unexpected(size.error());
        if (*size == 0) return {};
        if (const auto written = write_all(abi::standard_output, {text.data(), *size}); !written)
            return written;
        offset += *size;
    }
}

} // namespace trivium
