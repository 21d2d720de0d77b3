// Answers each call with what came in it: its bytes and words, but for the last word, which says how many
// capabilities came.
//
//     echo-server          started by init: serves "echo"
//     echo-server NAME     started by anybody: makes a service of that name, which ends with it
#include <array>

#include "user/lib/message.h"
#include "user/lib/names.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

constinit std::array<std::byte, abi::most_message_bytes> bytes;

std::uint64_t address_of_bytes() { return reinterpret_cast<std::uintptr_t>(bytes.data()); }

/// With room for whatever a message may hold.
Envelope open_envelope() {
    Envelope envelope;
    envelope.room = address_of_bytes();
    envelope.room_size = bytes.size();
    envelope.accepted = abi::most_transferred;
    return envelope;
}

/// Answers what `message` says, and waits for the next one. To a sender that does not wait for an answer
/// there goes none.
Result<Message> answer(Handle endpoint, const Message& message, Envelope& envelope) {
    const std::uint32_t capabilities = message.information.capabilities();
    for (std::uint32_t i = 0; i < capabilities; ++i) (void)call::close(envelope.received[i]);
    envelope = open_envelope();
    envelope.words = message.words;
    envelope.words.back() = capabilities;
    envelope.data = address_of_bytes();
    return call::reply_receive(endpoint, envelope, MessageInformation::of(message.information.bytes(), 0));
}

/// A caller without room for its own bytes is not answered: that it has to know itself.
Result<Message> serve(Handle endpoint) {
    Envelope envelope = open_envelope();
    auto message = call::receive(endpoint, envelope);
    while (message) {
        message = answer(endpoint, *message, envelope);
        if (message || message.error() != Error::too_large) continue;
        envelope = open_envelope();
        message = call::receive(endpoint, envelope);
    }
    return message;
}

/// What init gave it, or an endpoint of its own, which it offers.
Result<Handle> find_endpoint(Arguments arguments) {
    if (arguments.size() < 2) return call::open("service");
    const auto endpoint = call::create(abi::ObjectType::endpoint, 0);
    if (!endpoint) return endpoint;
    if (const auto offered = offer(arguments[1], *endpoint); !offered)
        return std::unexpected(offered.error());
    return endpoint;
}

} // namespace

int main(Arguments arguments) {
    const auto endpoint = find_endpoint(arguments);
    if (!endpoint) {
        print_error("echo-server: it has no endpoint to serve: {}; `echo-server NAME &` makes one\n",
                    endpoint.error());
        return 1;
    }
    const auto message = serve(*endpoint);
    print_error("echo-server: {}\n", message.error());
    return 1;
}
