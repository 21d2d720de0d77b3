// Tries the kernel first: what an endpoint says to that tells that it is one.
#include "user/lib/stream.h"

#include <atomic>

#include "user/lib/terminal.h"

namespace trivium {
namespace {

/// A bit for each standard handle that is known to be an endpoint.
constinit std::atomic<std::uint32_t> services{0};

std::uint32_t bit_of(Handle handle) {
    return handle.slot < abi::standard_handles ? std::uint32_t{1} << handle.slot : 0;
}

bool is_service(Handle handle) { return (services.load(std::memory_order_relaxed) & bit_of(handle)) != 0; }

/// Whether that is what the kernel's answer means; for the next time it is noted.
bool turns_out_to_be_service(Handle handle, const Result<std::uint64_t>& answer) {
    if (answer || answer.error() != Error::wrong_type) return false;
    services.fetch_or(bit_of(handle), std::memory_order_relaxed);
    return true;
}

} // namespace

Result<std::uint64_t> read_some(Handle from, std::span<std::byte> to) {
    if (!is_service(from))
        if (const auto read = call::read(from, to); !turns_out_to_be_service(from, read)) return read;
    return read_terminal(from, to);
}

Result<std::uint64_t> write_some(Handle to, std::string_view text) {
    if (!is_service(to))
        if (const auto written = call::write(to, text); !turns_out_to_be_service(to, written)) return written;
    return write_terminal(to, text);
}

} // namespace trivium
