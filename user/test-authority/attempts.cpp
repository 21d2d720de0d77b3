// The attempts, in the order of the calls' numbers.
#include "user/test-authority/attempts.h"

#include <algorithm>
#include <optional>

#include "user/lib/file.h"
#include "user/lib/message.h"

namespace authority {

using namespace trivium;
using abi::ObjectType, abi::SystemCall;

namespace {

constinit std::array<std::byte, 8> bytes{};

template <class T>
Result<void> outcome(const Result<T>& result) {
    if (!result) return std::unexpected(result.error());
    return {};
}

Result<void> spawn(Handle image) {
    const abi::SpawnRequest request{.image = image, .image_size = page_size};
    return outcome(call::spawn(request));
}

/// With something to hand on that may be handed on.
Result<void> give(Handle handle) {
    const auto file = File::open("test-authority");
    const auto image = file ? file->image() : std::unexpected(file.error());
    if (!image) return outcome(image);
    const abi::Grant grants[] = {grant("thing", handle, {})};
    return outcome(Process::spawn(*image, {.arguments = {}, .grants = grants}));
}

/// To a thread that there is not, so that nothing waits.
Envelope at_once() { return {.deadline = 0}; }

Result<void> send_at_once(Handle to) {
    Envelope envelope = at_once();
    return call::send(to, envelope, {});
}

Result<void> receive_at_once(Handle from) {
    Envelope envelope = at_once();
    return outcome(call::receive(from, envelope));
}

Result<void> call_at_once(Handle to) {
    Envelope envelope = at_once();
    return outcome(call::call(to, envelope, {}));
}

Result<void> reply_and_receive(Handle from) {
    Envelope envelope = at_once();
    return outcome(call::reply_receive(from, envelope, {}));
}

constexpr Attempt attempts[] = {
    {SystemCall::read,
     ObjectType::memory,
     {right::read},
     [](Handle h) { return outcome(call::read(h, bytes)); }},
    {SystemCall::write,
     ObjectType::memory,
     {right::write},
     [](Handle h) { return outcome(call::write(h, "x")); }},
    {SystemCall::destroy, ObjectType::memory, {right::manage}, call::destroy},
    {SystemCall::spawn, ObjectType::memory, {right::read, right::execute}, spawn},
    {SystemCall::spawn, ObjectType::null, {right::grant}, give},
    {SystemCall::wait,
     ObjectType::process,
     {right::read},
     [](Handle h) { return outcome(call::wait(h, 0)); }},
    {SystemCall::kill, ObjectType::process, {right::write}, [](Handle h) { return call::kill(h, 0); }},
    {SystemCall::map,
     ObjectType::memory,
     {right::read},
     [](Handle h) {
         return h ? outcome(Mapping::create(page_size, right::read, h)) : outcome(call::read(h, bytes));
     }},
    {SystemCall::thread_join,
     ObjectType::thread,
     {right::read},
     [](Handle h) { return outcome(call::thread_join(h, 0)); }},
    {SystemCall::suspend, ObjectType::thread, {right::write}, call::suspend},
    {SystemCall::resume, ObjectType::thread, {right::write}, call::resume},
    {SystemCall::set_priority,
     ObjectType::thread,
     {right::manage},
     [](Handle h) { return call::set_priority(h, 1); }},
    {SystemCall::set_affinity,
     ObjectType::thread,
     {right::manage},
     [](Handle h) { return call::set_affinity(h, 1); }},
    {SystemCall::inspect,
     ObjectType::system,
     {right::read},
     [](Handle h) { return outcome(call::inspect(h, abi::Topic::log, bytes)); }},
    {SystemCall::send, ObjectType::endpoint, {right::write}, send_at_once},
    {SystemCall::receive, ObjectType::endpoint, {right::read}, receive_at_once},
    {SystemCall::call, ObjectType::endpoint, {right::write, right::call | right::transfer}, call_at_once},
    {SystemCall::reply_receive, ObjectType::endpoint, {right::read}, reply_and_receive},
    {SystemCall::signal, ObjectType::notification, {right::write}, call::signal},
    {SystemCall::bind, ObjectType::notification, {right::manage}, [](Handle h) { return call::bind(h, {}); }},
    {SystemCall::set_timer,
     ObjectType::notification,
     {right::manage},
     [](Handle h) { return call::set_timer(h, never); }},
    {SystemCall::acknowledge, ObjectType::none, {}, call::acknowledge},
    {SystemCall::cancel, ObjectType::endpoint, {right::manage}, call::cancel},
    {SystemCall::set_fault_handler,
     ObjectType::thread,
     {right::manage},
     [](Handle h) { return call::set_fault_handler(h, {}); }},
    {SystemCall::share, ObjectType::none, {}, [](Handle h) { return outcome(call::share(h, h, 0)); }},
    {SystemCall::reset, ObjectType::none, {}, call::reset},
};

struct Reason {
    SystemCall call{};
    std::string_view why;
};

constexpr std::string_view of_its_own = "works on the caller's own thread, memory or process alone";
constexpr std::string_view of_its_table =
    "works on the caller's own table: no right grows, and its quota bounds it";
constexpr std::string_view of_the_kernel = "needs what the kernel itself knows: that the caller owes a reply";
constexpr std::string_view harmless = "tells or changes nothing of anybody else's";

constexpr Reason reasons[] = {
    {SystemCall::exit, of_its_own},        {SystemCall::open, of_its_table},
    {SystemCall::close, of_its_table},     {SystemCall::create, of_its_table},
    {SystemCall::yield, of_its_own},       {SystemCall::sleep, of_its_own},
    {SystemCall::time, harmless},          {SystemCall::unmap, of_its_own},
    {SystemCall::protect, of_its_own},     {SystemCall::thread_start, of_its_own},
    {SystemCall::thread_exit, of_its_own}, {SystemCall::null, harmless},
    {SystemCall::derive, of_its_table},    {SystemCall::move, of_its_table},
    {SystemCall::revoke, of_its_table},    {SystemCall::identify, of_its_table},
    {SystemCall::reply, of_the_kernel},    {SystemCall::keep_reply, of_the_kernel},
};

[[noreturn]] void sleep_forever() {
    for (;;) (void)call::sleep(never);
}

Result<Handle> start_process() {
    const std::string_view arguments[] = {"test-authority", "wait"};
    auto process = Process::spawn("test-authority", {.arguments = arguments});
    if (!process) return std::unexpected(process.error());
    const Handle handle = process->handle();
    process->forget();
    return handle;
}

/// With this process it ends.
Result<Handle> start_thread() {
    static constinit std::array<std::byte, 4096> stack{};
    return call::thread_start(call::to_word(reinterpret_cast<const void*>(&sleep_forever)),
                              call::to_word(stack.data() + stack.size()), 0, 1);
}

} // namespace

std::span<const Attempt> attempts_of(SystemCall call) {
    const auto* const first = std::ranges::find(attempts, call, &Attempt::call);
    const auto* last = first;
    while (last != std::end(attempts) && last->call == call) ++last;
    return {first, last};
}

std::string_view reason_for_none(SystemCall call) {
    const auto* const found = std::ranges::find(reasons, call, &Reason::call);
    return found == std::end(reasons) ? std::string_view() : found->why;
}

Result<Objects> Objects::make() {
    Objects objects;
    const auto put = [&](ObjectType type, Result<Handle> handle) {
        objects.handles_[static_cast<std::size_t>(type)] = handle.value_or(Handle{});
        return handle.has_value();
    };
    const bool all = put(ObjectType::thread, start_thread()) && put(ObjectType::process, start_process()) &&
                     put(ObjectType::memory, call::create(ObjectType::memory, page_size)) &&
                     put(ObjectType::null, call::create(ObjectType::null, 0)) &&
                     put(ObjectType::endpoint, call::create(ObjectType::endpoint, 0)) &&
                     put(ObjectType::notification, call::create(ObjectType::notification, 0)) &&
                     put(ObjectType::system, call::open("system"));
    if (!all) return std::unexpected(Error::unsupported);
    return objects;
}

} // namespace authority
