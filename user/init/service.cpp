// Starting a program, waiting for its end, and what follows.
#include "user/init/service.h"

#include <algorithm>

#include "user/init/catalogue.h"
#include "user/lib/print.h"

namespace init {

using namespace trivium;

namespace {

constexpr Nanoseconds too_soon = seconds(1);    ///< An end before that is no proof that it can work.
constexpr Nanoseconds rest = milliseconds(500); ///< One that ends at once shall not keep the machine busy.
constexpr unsigned most_quick_ends = 5;         ///< One after the other.
constexpr std::uint8_t keeper_priority = abi::highest_priority;
constexpr std::int64_t stop_code = 143;

constexpr Rights serving = right::read | right::write | right::call | right::transfer | right::grant;

} // namespace

void Service::describe(Catalogue& catalogue, std::string_view program, const Manifest& manifest) {
    catalogue_ = &catalogue;
    program_ = program;
    manifest_ = manifest;
    name_ = manifest.service().empty() ? program : manifest.service();
}

void Service::offer(std::string_view name, Owned endpoint) {
    name_ = name;
    is_offered_ = true;
    state_ = ServiceState::offered;
    endpoint_ = std::move(endpoint);
}

bool Service::is_over() const { return is_offered_ && !call::identify(endpoint_.get()); }

ServiceRecord Service::record() const {
    ServiceRecord record{.state = state_,
                         .process = process_ ? process_->id() : 0,
                         .starts = starts_,
                         .is_essential = manifest_.is_essential() ? 1u : 0u};
    std::ranges::copy(name().substr(0, record.name.size() - 1), record.name.begin());
    return record;
}

// ---- Requests --------------------------------------------------------------------------------------------

Result<void> Service::start() {
    if (is_offered_) return std::unexpected(Error::not_permitted);
    if (process_) return {};
    if (const auto made = make_endpoint(); !made) return made;
    state_ = ServiceState::resting; // If what it needs needs it in turn, it is not started once more.
    if (const auto spawned = spawn(); !spawned) {
        stop_serving();
        state_ = ServiceState::idle; // Whoever asks for it next tries again.
        return spawned;
    }
    quick_ends_ = 0;
    return keeper_ ? call::signal(started_.get()) : start_keeper();
}

/// The rest is done when its end is noticed.
Result<void> Service::stop() {
    if (is_offered_ || manifest_.is_essential()) return std::unexpected(Error::not_permitted);
    if (!process_) return stop_serving(), Result<void>();
    is_to_stop_ = true;
    (void)process_->kill(stop_code); // Or it has just ended.
    return {};
}

Result<void> Service::restart() {
    if (is_offered_) return std::unexpected(Error::not_permitted);
    if (!process_) return start();
    (void)process_->kill(stop_code);
    return {};
}

Result<Owned> Service::derive(Rights rights, std::uint64_t badge) {
    if (!serves()) return std::unexpected(Error::not_found);
    if (state_ == ServiceState::idle)
        if (const auto started = start(); !started) return std::unexpected(started.error());
    if (!endpoint_) return std::unexpected(Error::gone);
    const auto derived = call::derive(endpoint_.get(), rights, badge);
    if (!derived) return std::unexpected(derived.error());
    return Owned(*derived);
}

// ---- Starting --------------------------------------------------------------------------------------------

Result<void> Service::make_endpoint() {
    if (endpoint_ || !serves()) return {};
    const auto endpoint = call::create(abi::ObjectType::endpoint, 0);
    if (!endpoint) return std::unexpected(endpoint.error());
    endpoint_ = Owned(*endpoint);
    return {};
}

/// With all that its manifest names: a service does not start with less.
Result<void> Service::spawn() {
    GrantList grants;
    if (endpoint_)
        if (const auto added = grants.add("service", endpoint_.get(), serving); !added) return added;
    for (const Need& need : manifest_.needs()) {
        auto capability = catalogue_->find_need(need);
        if (!capability) return std::unexpected(capability.error());
        if (const auto added = grants.add_need(need, std::move(*capability)); !added) return added;
    }
    const std::string_view arguments[] = {program_};
    auto process = Process::spawn(
        program_, {.arguments = arguments, .grants = grants.view(), .priority = manifest_.priority()});
    if (!process) return std::unexpected(process.error());
    process_.emplace(std::move(*process));
    state_ = ServiceState::running;
    started_at_ = now();
    ++starts_;
    return {};
}

Result<void> Service::start_keeper() {
    const auto notification = call::create(abi::ObjectType::notification, 0);
    if (!notification) return std::unexpected(notification.error());
    started_ = Owned(*notification);
    auto keeper = Thread::start(keep, this, keeper_priority);
    if (!keeper) return std::unexpected(keeper.error());
    keeper_.emplace(std::move(*keeper));
    return {};
}

// ---- The keeper ------------------------------------------------------------------------------------------

std::int64_t Service::keep(void* self) {
    for (;;) static_cast<Service*>(self)->keep_on();
}

/// Waits for what comes next, and does what is to be done then.
void Service::keep_on() {
    switch (state()) {
    case ServiceState::running:
        return on_end(process_->wait()); // Nobody else takes away a process that runs.
    case ServiceState::resting: return start_again();
    default: (void)call::take_signals(started_.get());
    }
}

ServiceState Service::state() const {
    const Locked locked(catalogue_->mutex());
    return state_;
}

void Service::on_end(const Result<End>& end) {
    const Locked locked(catalogue_->mutex());
    process_.reset();
    const bool was_quick = now() < started_at_ + too_soon;
    quick_ends_ = was_quick ? quick_ends_ + 1 : 0;
    rest_ = was_quick ? rest : Nanoseconds{};
    const End how = end.value_or(End{});
    if (is_to_stop_ || (quick_ends_ >= most_quick_ends && !manifest_.is_essential())) {
        print("init: {} ended: {}, code {}; {}\n", name(), abi::name(how.ending), how.code,
              is_to_stop_ ? "as it was to" : "given up after so many ends");
        return stop_serving();
    }
    state_ = ServiceState::resting;
    print("init: {} ended: {}, code {}; starting it again\n", name(), abi::name(how.ending), how.code);
}

/// Not if it was started, or stopped, while it rested.
void Service::start_again() {
    sleep_for(rest_);
    const Locked locked(catalogue_->mutex());
    if (state_ != ServiceState::resting) return;
    const auto spawned = spawn();
    if (spawned) return;
    rest_ = rest;
    print("init: {} does not start: {}\n", name(), spawned.error());
    if (!manifest_.is_essential()) stop_serving();
}

/// Whoever waits at the endpoint is told.
void Service::stop_serving() {
    state_ = ServiceState::stopped;
    is_to_stop_ = false;
    if (endpoint_) (void)call::destroy(endpoint_.get());
    endpoint_ = Owned();
}

} // namespace init
