// Calls an echo server with messages of many sizes, and checks every reply: exit code 0 when all were right.
//
//     echo-client [NAME]     of the service
#include <algorithm>
#include <array>

#include "user/lib/message.h"
#include "user/lib/names.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

constexpr std::uint32_t most = abi::most_message_bytes;

constinit std::array<std::byte, most> sent;
constinit std::array<std::byte, most + 1> received;

void fill(std::uint32_t size) {
    for (std::uint32_t i = 0; i < size; ++i) sent[i] = static_cast<std::byte>(size + i * 5 + i / 256);
    std::ranges::fill(std::span(received).first(size + 1), std::byte{0xee});
}

/// Only what was sent has come back, and nothing lies behind it.
bool has_come_back(const Message& reply, std::uint32_t size, std::uint32_t capabilities) {
    return reply.information.bytes() == size && reply.words == MessageWords{size, 2, 3, capabilities} &&
           std::ranges::equal(std::span(sent).first(size), std::span(received).first(size)) &&
           received[size] == std::byte{0xee};
}

/// Calls with so many bytes and capabilities; false when the reply is wrong, or none.
bool is_echoed(Handle service, std::uint32_t size, std::uint32_t capabilities) {
    fill(size);
    Envelope envelope{.words = {size, 2, 3, 4},
                      .data = reinterpret_cast<std::uintptr_t>(sent.data()),
                      .room = reinterpret_cast<std::uintptr_t>(received.data()),
                      .room_size = size};
    for (std::uint32_t i = 0; i < capabilities; ++i)
        envelope.sent[i] = {.handle = service, .rights = right::write};
    const auto reply = call::call(service, envelope, MessageInformation::of(size, capabilities));
    if (reply && has_come_back(*reply, size, capabilities)) return true;
    print_error("echo-client: {} bytes, {} capabilities: {}\n", size, capabilities,
                reply ? "the reply is wrong" : abi::name(reply.error()));
    return false;
}

} // namespace

int main(Arguments arguments) {
    const auto service = look_up(arguments.size() > 1 ? arguments[1] : "echo");
    if (!service) {
        print_error("echo-client: no echo server: {}\n", service.error());
        return 1;
    }
    unsigned right = 0, wrong = 0;
    for (std::uint32_t size = 0; size <= most; size += size < 300 ? 1 : size < 16000 ? 97 : 16)
        ++(is_echoed(service->get(), size, size % (abi::most_transferred + 1)) ? right : wrong);
    print("echo-client: {} replies right, {} wrong\n", right, wrong);
    return wrong == 0 ? 0 : 1;
}
