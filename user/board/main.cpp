// Receives what clients ask of the board, one after the other.
#include <array>

#include "user/board/service.h"
#include "user/lib/handle.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

int main(Arguments) {
    static constinit board::Service service;
    const auto endpoint = open("service");
    if (!endpoint) {
        print_error("board: it was given no service: {}\n", endpoint.error());
        return 1;
    }
    std::array<char, longest_note_name + longest_note> bytes;
    for (;;) {
        Envelope envelope{.room = call::to_word(bytes.data()), .room_size = bytes.size()};
        const auto message = call::receive(endpoint->get(), envelope);
        if (!message) return 1;
        service.on_message(*message, {bytes.data(), message->information.bytes()});
    }
}
