// The terminal service: it alone holds the console, and others show and read through it.
//
//     clients ──calls──┐
//                      ├──> one thread
//     console ──> reader: a thread that sends what is typed
#include <array>
#include <bit>

#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/terminal/terminal.h"

using namespace trivium;

namespace {

/// By which the reader's messages are known: no client has it.
constexpr std::uint64_t typed_badge = std::uint64_t{1} << 63;

constexpr std::uint8_t reader_priority = 28; // That of the service.

using Characters = std::array<char, 24>; // As many as fit into three words.
using CharacterWords = std::array<std::uint64_t, 3>;

struct ReaderHandles {
    Handle console;
    Handle service;
};

/// Waits for characters and sends them on, for ever.
std::int64_t read_console(void* argument) {
    const auto& handles = *static_cast<const ReaderHandles*>(argument);
    for (;;) {
        Characters characters{};
        const auto count = call::read(handles.console, std::as_writable_bytes(std::span(characters)));
        if (!count) return 1;
        const auto words = std::bit_cast<CharacterWords>(characters);
        if (!call::send(handles.service, {*count, words[0], words[1], words[2]})) return 1;
    }
}

void take_typed(terminal::Terminal& terminal, const MessageWords& words) {
    const auto characters = std::bit_cast<Characters>(CharacterWords{words[1], words[2], words[3]});
    terminal.on_typed({characters.data(), std::min<std::size_t>(words[0], characters.size())});
}

constinit std::array<char, most_terminal_bytes> bytes;

/// With room for whatever a client may say.
Envelope open_envelope() {
    return {.room = call::to_word(bytes.data()), .room_size = bytes.size(), .accepted = 1};
}

terminal::Terminal::Answer take(terminal::Terminal& terminal, const Message& message,
                                const Envelope& envelope) {
    Owned capability(message.information.capabilities() > 0 ? envelope.received[0] : Handle{});
    if (message.badge == typed_badge) return take_typed(terminal, message.words), std::nullopt;
    if (!message.information.has(MessageInformation::call)) return {};
    return terminal.on_request(
        message, {.bytes = {bytes.data(), message.information.bytes()}, .capability = std::move(capability)});
}

/// A caller who takes no answer, or has no capability that could be taken, goes without.
Error serve(terminal::Terminal& terminal, Handle service) {
    Envelope envelope = open_envelope();
    auto message = call::receive(service, envelope);
    while (message) {
        const auto answer = take(terminal, *message, envelope);
        envelope = open_envelope();
        if (answer) (void)call::reply(*answer);
        message = call::receive(service, envelope);
    }
    return message.error();
}

int fail(std::string_view what, Error error) {
    print_error("terminal: {}: {}\n", what, error);
    return 1;
}

} // namespace

int main(Arguments) {
    const auto console = open("console"), service = open("service");
    if (!console) return fail("console", console.error());
    if (!service) return fail("service", service.error());
    const auto own = call::derive(service->get(), right::write, typed_badge);
    if (!own) return fail("a capability for its reader", own.error());
    ReaderHandles handles{.console = console->get(), .service = *own};
    const auto reader = Thread::start(read_console, &handles, reader_priority);
    if (!reader) return fail("its reader", reader.error());
    bytes.fill(0); // What it needs of memory it has from now on.
    terminal::Terminal terminal(console->get());
    return fail("it ends", serve(terminal, service->get()));
}
