// Endpoints that end while others wait at them.
#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

void endpoint_closed() {
    const Handle endpoint = make_endpoint();
    Companion one(
        [endpoint] { must_fail(call::receive(endpoint), Error::gone, "receive until it is closed"); });
    one.wait_until_waiting();
    Companion two(
        [endpoint] { must_fail(call::receive(endpoint), Error::gone, "receive until it is closed"); });
    two.wait_until_waiting();
    must(call::close(endpoint), "close the last capability");
    one.join();
    two.join();
    must_fail(call::send(endpoint, {}), Error::bad_handle, "send through a closed handle");
}

/// The reply's right is not the endpoint's.
void endpoint_closed_in_call() {
    const Handle endpoint = make_endpoint();
    const Companion caller([endpoint] {
        require(must(call::call(endpoint, {}), "call").words == some_words,
                "the answer is not what was replied");
    });
    must(call::receive(endpoint), "receive");
    must(call::close(endpoint), "close the last capability");
    must(call::reply(some_words), "reply to a call through an endpoint that is gone");
}

void endpoint_destroyed() {
    const Handle endpoint = make_endpoint();
    const Handle other = with_rights(endpoint, right::write | right::call);
    Companion sender(
        [other] { must_fail(call::send(other, {}), Error::gone, "send until it is destroyed"); });
    sender.wait_until_waiting();
    Companion caller(
        [other] { must_fail(call::call(other, {}), Error::gone, "call until it is destroyed"); });
    caller.wait_until_waiting();
    must(call::destroy(endpoint), "destroy an endpoint");
    sender.join();
    caller.join();
    must_fail(call::send(other, {}), Error::bad_handle, "send to a destroyed endpoint");
}

constexpr Case cases[] = {
    {"endpoint-closed", endpoint_closed},
    {"endpoint-closed-in-call", endpoint_closed_in_call},
    {"endpoint-destroyed", endpoint_destroyed},
};

} // namespace

const Cases closing_cases = cases;

} // namespace test
