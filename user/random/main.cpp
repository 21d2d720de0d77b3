// Prints random bytes of the rng service, in hexadecimal: random [COUNT]
#include <algorithm>
#include <array>

#include "user/lib/names.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/random.h"

using namespace trivium;

namespace {

constexpr std::uint64_t default_count = 32, most = 65536;
constexpr std::size_t bytes_a_line = 32;

int fail(Error error) {
    print_error("random: {}\n", error);
    return 1;
}

void print_bytes(std::span<const std::byte> bytes) {
    Output output(abi::standard_output);
    for (const std::byte each : bytes) base::format(output.sink(), "{:02x}", std::to_integer<unsigned>(each));
    output.append("\n");
}

} // namespace

int main(Arguments arguments) {
    const auto count = arguments.size() > 1 ? parse_number(arguments[1]) : default_count;
    if (!count || *count == 0 || *count > most) {
        print_error("usage: random [COUNT], of 1 to {} bytes\n", most);
        return 2;
    }
    const auto service = look_up("rng");
    if (!service) {
        print_error("random: there is no rng service here: {}\n", service.error());
        return 1;
    }
    std::array<std::byte, bytes_a_line> line;
    for (std::uint64_t left = *count; left > 0;) {
        const auto part = std::span(line).first(std::min<std::uint64_t>(left, line.size()));
        if (const auto filled = fill_random(service->get(), part); !filled) return fail(filled.error());
        print_bytes(part);
        left -= part.size();
    }
    return 0;
}
