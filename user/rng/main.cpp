// The driver of the entropy device that the machine keeps for programs: random bytes for whoever may call it.
//
// It is given "rng-device", "rng-interrupt" and, to receive from, "service". On a failure of the device
// it ends: whoever started it may start it again, which begins with a reset.
#include "user/lib/handle.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/rng/service.h"

using namespace trivium;

namespace {

/// Interrupts, and what this thread receives, come the same way.
Result<void> listen_to(Handle interrupt) {
    const auto notification = call::create(abi::ObjectType::notification, 0);
    if (!notification) return std::unexpected(notification.error());
    if (const auto bound = call::bind(*notification, interrupt); !bound) return bound;
    return call::bind(*notification, Handle{});
}

Result<void> serve(Handle device, Handle interrupt, Handle endpoint) {
    auto entropy = rng::EntropyDevice::bring_up(device);
    if (!entropy) return std::unexpected(entropy.error());
    if (const auto listening = listen_to(interrupt); !listening) return listening;
    rng::Service service(std::move(*entropy), interrupt);
    for (;;) {
        const auto message = call::receive(endpoint);
        if (!message) return std::unexpected(message.error());
        if (const auto served = service.on_message(*message); !served) return served;
    }
}

int fail(std::string_view what, Error error) {
    print_error("rng: {}: {}\n", what, error);
    return 1;
}

} // namespace

int main(Arguments) {
    const auto device = open("rng-device"), interrupt = open("rng-interrupt"), endpoint = open("service");
    if (!device) return fail("rng-device", device.error());
    if (!interrupt) return fail("rng-interrupt", interrupt.error());
    if (!endpoint) return fail("service", endpoint.error());
    return fail("it ends", serve(device->get(), interrupt->get(), endpoint->get()).error());
}
