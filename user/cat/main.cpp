// Prints files, or, without any, what is typed, until Ctrl-C.
#include <array>

#include "user/lib/file.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/stream.h"

using namespace trivium;

namespace {

/// Prints all that `read(offset, to)` gives, until it gives nothing.
template <class Read>
Result<void> copy_to_output(Read read) {
    std::array<char, 512> bytes;
    for (std::uint64_t offset = 0;;) {
        const auto count = read(offset, std::as_writable_bytes(std::span(bytes)));
        if (!count) return std::unexpected(count.error());
        if (*count == 0) return {};
        if (const auto written = write_all(abi::standard_output, {bytes.data(), *count}); !written)
            return written;
        offset += *count;
    }
}

Result<void> print_input() {
    return copy_to_output(
        [](std::uint64_t, std::span<std::byte> to) { return read_some(abi::standard_input, to); });
}

Result<void> print_file(std::string_view name) {
    const auto file = File::open(name);
    if (!file) return std::unexpected(file.error());
    return copy_to_output(
        [&](std::uint64_t offset, std::span<std::byte> to) { return file->read(offset, to); });
}

bool succeeded(std::string_view name, const Result<void>& printed) {
    if (!printed) print_error("cat: {}: {}\n", name, printed.error());
    return printed.has_value();
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() < 2) return succeeded("standard input", print_input()) ? 0 : 1;
    bool all = true;
    for (const std::string_view name : arguments.subspan(1)) all = succeeded(name, print_file(name)) && all;
    return all ? 0 : 1;
}
