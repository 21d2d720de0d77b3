// A driver's life and death, by one who has all of the machine's capabilities: runs in the place of init,
// with the rng driver and the random client beside it. The entropy device gives nothing but what the test on
// the host feeds it.
#include <array>

#include "user/lib/check.h"
#include "user/lib/grants.h"
#include "user/lib/inspect.h"
#include "user/lib/process.h"
#include "user/lib/program.h"
#include "user/lib/random.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constexpr Rights drive = right::read | right::manage;

Result<Process> start(std::string_view program, const GrantList& grants) {
    const std::string_view arguments[] = {program};
    return Process::spawn(program, {.arguments = arguments, .grants = grants.view()});
}

Result<Process> start_driver(Handle endpoint) {
    GrantList grants;
    if (const auto added = grants.add_named("rng-device", drive | right::write); !added)
        return std::unexpected(added.error());
    if (const auto added = grants.add_named("rng-interrupt", drive); !added)
        return std::unexpected(added.error());
    if (const auto added = grants.add("service", endpoint, right::read); !added)
        return std::unexpected(added.error());
    return start("rng", grants);
}

/// For the test on the host, which knows what came from the device.
void print_bytes(std::span<const std::byte> bytes) {
    Output output(abi::standard_output);
    output.append("bytes ");
    for (const std::byte each : bytes) base::format(output.sink(), "{:02x}", std::to_integer<unsigned>(each));
    output.append("\n");
}

void test_without_capabilities(Checks& checks) {
    for (const std::string_view program : {"rng", "random"}) {
        const auto child = start(program, {});
        if (!checks.succeeds(child, "a program that is given nothing starts")) continue;
        const auto end = child->wait();
        checks.check(end && end->ending == abi::Ending::exited && end->code == 1, "and gets nothing");
    }
}

void test_bytes(Checks& checks, Handle endpoint, std::size_t count) {
    std::array<std::byte, most_random_bytes> bytes{};
    const auto filled = fill_random(endpoint, std::span(bytes).first(count));
    if (checks.succeeds(filled, "bytes come")) print_bytes(std::span(bytes).first(count));
}

void test_wrong_requests(Checks& checks, Handle endpoint) {
    for (const std::uint64_t count : {std::uint64_t{0}, most_random_bytes + 1, ~std::uint64_t{0}}) {
        const auto answer = call::call(endpoint, {count});
        checks.check(answer && answer->words[0] == static_cast<std::uint64_t>(Error::invalid_argument),
                     "a request for too little or too much is refused");
    }
}

struct Client {
    Handle endpoint{};
    Result<void> result;
};

std::int64_t ask(void* self) {
    auto& client = *static_cast<Client*>(self);
    std::array<std::byte, 16> bytes{};
    client.result = fill_random(client.endpoint, bytes);
    return 0;
}

/// The client's thread and the driver both wait: as the driver waits to receive, it has the request.
bool has_request(const Process& driver) {
    unsigned waiting = 0;
    (void)for_each_record<abi::ThreadRecord>(abi::Topic::threads, [&](const auto& thread) {
        const bool is_either = thread.process == driver.id() || thread.number == 1;
        if (is_either && thread.state == abi::ThreadState::waiting) ++waiting;
    });
    return waiting == 2;
}

/// The device has nothing to give; whoever waits for it is told when the driver dies.
void test_death(Checks& checks, Handle endpoint, const Process& driver) {
    Client client{endpoint, {}};
    auto thread = Thread::start(ask, &client);
    if (!checks.succeeds(thread, "start a client")) return;
    while (!has_request(driver)) sleep_for(milliseconds(1)); // Both are less urgent than this thread.
    checks.succeeds(driver.kill(9), "kill the driver");
    checks.succeeds(driver.wait(), "it ends");
    checks.succeeds(thread->join(), "its client goes on");
    checks.fails(client.result, Error::unanswered, "with an error");
}

std::int64_t ask_often(void* self) {
    const auto& client = *static_cast<const Client*>(self);
    std::array<std::byte, 64> bytes{};
    for (int i = 0; i < 8; ++i)
        if (!fill_random(client.endpoint, bytes)) return 1;
    return 0;
}

void test_many_clients(Checks& checks, Handle endpoint) {
    Client client{endpoint, {}};
    std::array<Thread, 4> threads;
    for (Thread& thread : threads)
        if (auto started = Thread::start(ask_often, &client)) thread = std::move(*started);
    bool all = true;
    for (Thread& thread : threads) {
        const auto end = thread.join();
        all = end && end->code == 0 && all;
    }
    checks.check(all, "several clients at once are all served");
}

} // namespace

int main(Arguments) {
    Checks checks("test-drivers");
    const auto endpoint = call::create(abi::ObjectType::endpoint, 0);
    if (!checks.succeeds(endpoint, "an endpoint")) return checks.finish();
    test_without_capabilities(checks);
    const auto driver = start_driver(*endpoint);
    if (!checks.succeeds(driver, "the driver starts")) return checks.finish();
    test_wrong_requests(checks, *endpoint);
    test_bytes(checks, *endpoint, 32);
    test_death(checks, *endpoint, *driver);
    const auto next = start_driver(*endpoint);
    checks.succeeds(next, "another one takes its place");
    print("more bytes, please\n");
    for (const std::size_t count : {1, 256, 100}) test_bytes(checks, *endpoint, count);
    test_many_clients(checks, *endpoint);
    const int code = checks.finish();
    for (;;) (void)call::sleep(never);
    return code;
}
