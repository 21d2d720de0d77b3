// Random interference, and the reckoning.
#include "user/stress-ipc/director.h"

#include <optional>

#include "kernel/base/pseudo_random.h"
#include "kernel/base/text.h"
#include "user/lib/print.h"
#include "user/lib/process.h"

namespace stress {

using namespace trivium;

namespace {

constexpr Nanoseconds too_long = seconds(30); ///< For a client to end that has nothing to wait for: it hangs.

struct Client {
    Owned capability; ///< What all of the client's are derived from: revoking takes those away.
    std::optional<Process> process;
};

bool has_ended(const Process& process) { return process.wait(0).has_value(); }

class Director {
public:
    explicit Director(std::uint64_t seed) : seed_(seed), random_(seed) {}

    Result<void> begin();
    Result<void> run(Nanoseconds duration);
    void finish();
    int reckon() const;

private:
    Result<void> start_client(std::uint32_t index);
    Result<void> start_server(std::uint32_t index);
    Result<Process> start(std::string_view role, std::uint32_t index, Handle service, Rights rights);
    Result<void> interfere();
    Result<void> replace_clients();
    Result<void> replace_servers();

    std::uint64_t seed_;
    base::PseudoRandom random_;
    Owned endpoint_;
    std::optional<Memory> memory_;
    std::optional<Mapping> mapping_;
    Ledger* ledger_ = nullptr;
    std::array<Client, client_count> clients_;
    std::array<std::optional<Process>, server_count> servers_;
    std::uint64_t starts_ = 0;
    std::uint64_t kills_ = 0; ///< Of clients: each may take what its threads are about along.
    std::uint64_t ends_ = 0;  ///< Of servers.
    bool hangs_ = false;
};

Result<void> Director::begin() {
    const auto endpoint = call::create(abi::ObjectType::endpoint, 0);
    if (!endpoint) return std::unexpected(endpoint.error());
    endpoint_ = Owned(*endpoint);
    auto memory = Memory::create(sizeof(Ledger));
    if (!memory) return std::unexpected(memory.error());
    auto mapping = memory->map(right::read | right::write);
    if (!mapping) return std::unexpected(mapping.error());
    memory_.emplace(std::move(*memory));
    mapping_.emplace(std::move(*mapping));
    ledger_ = reinterpret_cast<Ledger*>(mapping_->address()); // Zeroed, as all of it starts.
    for (std::uint32_t i = 0; i < server_count; ++i)
        if (const auto started = start_server(i); !started) return started;
    for (std::uint32_t i = 0; i < client_count; ++i)
        if (const auto started = start_client(i); !started) return started;
    return {};
}

Result<Process> Director::start(std::string_view role, std::uint32_t index, Handle service, Rights rights) {
    const abi::Grant grants[] = {grant("service", service, rights),
                                 grant("ledger", memory_->handle(), right::read | right::write)};
    const auto place = base::Text<16>::of("{}", index);
    const auto seed = base::Text<24>::of("{}", seed_ * 1000 + ++starts_);
    const std::string_view arguments[] = {"stress-ipc", role, place, seed};
    const auto priority = static_cast<std::uint8_t>(abi::default_priority - 2 + random_.below(3));
    return Process::spawn("stress-ipc", {.arguments = arguments, .grants = grants, .priority = priority});
}

Result<void> Director::start_client(std::uint32_t index) {
    const auto derived = call::derive(
        endpoint_.get(), right::write | right::call | right::transfer | right::grant | right::manage,
        badge_of(index));
    if (!derived) return std::unexpected(derived.error());
    clients_[index].capability = Owned(*derived);
    auto process =
        start("client", index, *derived, right::write | right::call | right::transfer | right::grant);
    if (!process) return std::unexpected(process.error());
    clients_[index].process.emplace(std::move(*process));
    return {};
}

Result<void> Director::start_server(std::uint32_t index) {
    auto process = start("server", index, endpoint_.get(), right::read | right::grant);
    if (!process) return std::unexpected(process.error());
    servers_[index].emplace(std::move(*process));
    return {};
}

/// Those that were killed, or whose capability was taken.
Result<void> Director::replace_clients() {
    for (std::uint32_t i = 0; i < client_count; ++i)
        if (has_ended(*clients_[i].process))
            if (const auto started = start_client(i); !started) return started;
    return {};
}

/// Those that were killed, or have had enough.
Result<void> Director::replace_servers() {
    for (std::uint32_t i = 0; i < server_count; ++i) {
        if (!has_ended(*servers_[i])) continue;
        ++ends_;
        if (const auto started = start_server(i); !started) return started;
    }
    return {};
}

Result<void> Director::interfere() {
    const auto client = static_cast<std::uint32_t>(random_.below(client_count));
    switch (random_.below(5)) {
    case 0: ++kills_; return clients_[client].process->kill(9);
    case 1: return servers_[random_.below(server_count)]->kill(9);
    case 2: return call::revoke(clients_[client].capability.get());
    case 3: return call::cancel(clients_[client].capability.get());
    default: return {};
    }
}

Result<void> Director::run(Nanoseconds duration) {
    const Nanoseconds end = now() + duration;
    while (now() < end) {
        sleep_for(Nanoseconds{random_.below(8'000'000)});
        const auto done = interfere();
        if (!done && done.error() != Error::not_running) return done;
        if (const auto replaced = replace_clients(); !replaced) return replaced;
        if (const auto replaced = replace_servers(); !replaced) return replaced;
    }
    return {};
}

/// Clients end by themselves as long as there are servers: those are ended last.
void Director::finish() {
    ledger_->is_over = 1;
    for (Client& client : clients_) {
        const Nanoseconds limit = now() + too_long;
        while (!has_ended(*client.process) && now() < limit) {
            (void)replace_servers();
            sleep_for(milliseconds(1));
        }
        if (has_ended(*client.process)) continue;
        hangs_ = true;
        (void)client.process->kill(9);
    }
    for (auto& server : servers_) (void)server->kill(9);
}

int Director::reckon() const {
    std::uint64_t asked = 0, answered = 0, failed = 0, wrong = 0, replying = 0, replied = 0;
    for (const auto& client : ledger_->requests)
        for (const Requests& requests : client) {
            asked += requests.asked;
            answered += requests.answered;
            failed += requests.failed;
            wrong += requests.wrong;
        }
    for (const Replies& replies : ledger_->replies) {
        replying += replies.replying;
        replied += replies.replied;
        wrong += replies.wrong;
    }
    const std::uint64_t lost = asked - answered - failed - wrong, most_lost = kills_ * threads_per_client;
    const bool balanced = lost <= most_lost && answered <= replying && replied <= answered + most_lost;
    print("stress-ipc: seed {}: {} requests, {} answered, {} failed, {} killed under way, {} wrong; {} "
          "kills, {} "
          "ends of servers, {} starts{}{}\n",
          seed_, asked, answered, failed, lost, wrong, kills_, ends_, starts_,
          balanced ? "" : "; DOES NOT ADD UP", hangs_ ? "; SOMEBODY HUNG" : "");
    return balanced && wrong == 0 && !hangs_ && answered > 0 ? 0 : 1;
}

} // namespace

int direct(Nanoseconds duration, std::uint64_t seed) {
    Director director(seed);
    const auto begun = director.begin();
    const auto ran = begun ? director.run(duration) : begun;
    if (begun) director.finish();
    if (!ran) print("stress-ipc: {}\n", ran.error());
    const int code = begun ? director.reckon() : 1;
    return ran ? code : 1;
}

} // namespace stress
