// Sends services what no client would: test-services [SEED] [COUNT]. They are to answer, or to refuse, and to
// live on. It ends with 0 when each call came back.
#include <array>

#include "kernel/base/pseudo_random.h"
#include "user/lib/names.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constexpr std::uint64_t default_count = 500;

/// A reply that a service gives later, or never, is not waited for any longer.
constexpr Nanoseconds patience = milliseconds(2);

/// Dots alone, so that what is shown does no harm to the screen, or to whoever reads it.
constinit std::array<char, abi::most_message_bytes> bytes;
constinit std::array<char, abi::most_message_bytes> room;

struct Service {
    std::string_view name;
    Handle handle{};
};

/// Small numbers mostly: those mean something.
std::uint64_t word(base::PseudoRandom& random) {
    return random.below(4) == 0 ? random.next() : random.below(8);
}

std::uint64_t size(base::PseudoRandom& random) {
    return random.below(8) == 0 ? random.below(bytes.size() + 1) : random.below(40);
}

/// One message, as a call or not.
Result<void> send_nonsense(base::PseudoRandom& random, Handle to) {
    Envelope envelope{.words = {word(random), word(random), word(random), word(random)},
                      .deadline = (now() + patience).value,
                      .data = call::to_word(bytes.data()),
                      .room = call::to_word(room.data()),
                      .room_size = static_cast<std::uint32_t>(size(random)),
                      .accepted = static_cast<std::uint32_t>(random.below(2))};
    const std::uint64_t capabilities = random.below(3);
    for (std::size_t i = 0; i < capabilities; ++i) envelope.sent[i] = {.handle = to, .rights = right::write};
    const auto information = MessageInformation::of(size(random), capabilities);
    if (random.below(4) == 0) return call::send(to, envelope, information);
    const auto reply = call::call(to, envelope, information);
    if (reply && reply->information.capabilities() > 0) (void)call::close(envelope.received[0]);
    return call::without_message(reply);
}

/// What a message may come to; anything else is a service that failed.
bool is_expected(const Result<void>& sent) {
    return sent || sent.error() == Error::timed_out || sent.error() == Error::too_large ||
           sent.error() == Error::limit_reached || sent.error() == Error::unanswered ||
           sent.error() == Error::not_permitted;
}

/// False: it has failed.
bool try_service(base::PseudoRandom& random, std::uint64_t count, const Service& service) {
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto sent = send_nonsense(random, service.handle);
        if (is_expected(sent)) continue;
        print("\nFAIL {}, message {}: {}\n", service.name, i, sent.error());
        return false;
    }
    print("\nPASS {}: {} messages\n", service.name, count);
    return true;
}

} // namespace

int main(Arguments arguments) {
    const auto seed = arguments.size() > 1 ? parse_number(arguments[1]) : 1;
    const auto count = arguments.size() > 2 ? parse_number(arguments[2]) : default_count;
    const auto names = open("names"), echo = open("echo"), terminal = open("terminal");
    if (!seed || !count || !names || !echo || !terminal) {
        print_error("usage: test-services [SEED] [COUNT], started by a shell that knows the services\n");
        return 2;
    }
    bytes.fill('.');
    base::PseudoRandom random(*seed);
    const std::array<Service, 5> services{{{"names", names->get()},
                                           {"echo", echo->get()},
                                           {"terminal", terminal->get()},
                                           {"standard input", abi::standard_input},
                                           {"standard output", abi::standard_output}}};
    bool all = true;
    for (const Service& service : services) all = try_service(random, *count, service) && all;
    return all ? 0 : 1;
}
