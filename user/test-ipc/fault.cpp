// Faults: told to a handler as calls, whose replies say how the thread goes on.
#include <machine/system_call.h>

#include <atomic>

#include "user/lib/memory.h"
#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

using abi::FaultAccess;
using abi::FaultAction;
using abi::FaultKind;

constexpr Rights read_write = right::read | right::write;
constexpr std::int64_t skipped_code = 77;

/// Where a thread goes on that is not to make its access: it ends there.
[[noreturn]] void skipped() { call::thread_exit(skipped_code); }

std::uint64_t address_of(void (*function)()) { return reinterpret_cast<std::uintptr_t>(function); }

volatile std::uint64_t* at(std::uint64_t address) {
    return reinterpret_cast<volatile std::uint64_t*>(address);
}

MessageWords retry() { return {static_cast<std::uint64_t>(FaultAction::retry)}; }

MessageWords skip() { return {static_cast<std::uint64_t>(FaultAction::skip_to), address_of(skipped)}; }

MessageWords end() { return {static_cast<std::uint64_t>(FaultAction::end)}; }

/// What a thread does that is going to fault, once its handler is set.
template <class Act>
struct Delayed {
    Handle start;
    Act act;

    void operator()() const {
        must(call::take_signals(start), "wait to begin");
        act();
    }
};

/// A thread that faults, and its handler: the first thread of this process.
template <class Act>
class Faulting {
public:
    explicit Faulting(Act act) : companion_(Delayed<Act>{start_, act}) {
        must(call::set_fault_handler(companion_.handle(), with_badge(endpoint_, badge)),
             "set a fault handler");
        must(call::signal(start_), "begin");
    }

    MessageWords receive(FaultKind kind) const {
        const Message message = must(call::receive(endpoint_), "receive a fault");
        require(message.badge == badge && message.information.sender() == own_id(),
                "a fault is by somebody else");
        require(message.information.has(MessageInformation::call), "a fault does not ask for a reply");
        require(abi::fault_kind(message.words) == kind, "a fault is of another kind");
        return message.words;
    }

    void receive(FaultAccess access, std::uint64_t address) const {
        const MessageWords words = receive(FaultKind::access);
        require(abi::fault_access(words) == access, "a fault is another access");
        require(words[1] == address, "a fault is at another address");
    }

    void is_skipped() {
        must(call::reply(skip()), "have it go on elsewhere");
        require(companion_.join().code == skipped_code, "it does not go on where it was told to");
    }

    void goes_on() { require(companion_.join().code == 0, "it does not go on"); }

private:
    static constexpr std::uint64_t badge = 9;
    Handle endpoint_ = make_endpoint(), start_ = make_notification();
    Companion<Delayed<Act>> companion_;
};

std::uint64_t map_page(Rights rights) { return must(call::map(0, page_size, rights), "map a page"); }

void protect(std::uint64_t page, Rights rights) {
    must(call::protect(page, page_size, rights), "protect a page");
}

/// Each is put right, and the access made again.
void read() {
    const std::uint64_t page = map_page(read_write);
    *at(page) = 42;
    protect(page, Rights{});
    Faulting faulting([=] { require(*at(page + 0) == 42, "it reads something else"); });
    faulting.receive(FaultAccess::read, page);
    protect(page, right::read);
    must(call::reply(retry()), "have it try again");
    faulting.goes_on();
}

void write() {
    const std::uint64_t page = map_page(right::read);
    Faulting faulting([=] { *at(page + 8) = 43; });
    faulting.receive(FaultAccess::write, page + 8);
    protect(page, read_write);
    must(call::reply(retry()), "have it try again");
    faulting.goes_on();
    require(*at(page + 8) == 43, "it has not written");
}

void execute() {
    const std::uint64_t page = map_page(read_write);
    *at(page) = 0;
    Faulting faulting([=] { reinterpret_cast<void (*)()>(page)(); });
    faulting.receive(FaultAccess::execute, page);
    faulting.is_skipped();
}

void unmapped() {
    const std::uint64_t page = map_page(read_write);
    must(call::unmap(page, page_size), "unmap it");
    Faulting faulting([=] { *at(page) = *at(page) + 1; });
    const MessageWords words = faulting.receive(FaultKind::access);
    require(words[1] == page, "a fault is at another address");
    require(must(call::map(page, page_size, read_write), "map it in the handler") == page, "it is elsewhere");
    *at(page) = 5;
    must(call::reply(retry()), "have it try again");
    faulting.goes_on();
    require(*at(page) == 6, "it has not made its access");
}

void undefined() {
    Faulting faulting([] { machine::undefined_instruction(); });
    faulting.receive(FaultKind::illegal_instruction);
    faulting.is_skipped();
}

/// No fault, even with a handler: the call gives an error.
void unknown_call() {
    std::atomic<std::uint64_t> status = 0;
    Faulting faulting([&] { status = machine::system_call(abi::system_call_count + 1000).status; });
    faulting.goes_on();
    require(status == static_cast<std::uint64_t>(Error::bad_call), "an unknown call is another error");
}

void kernel_memory() {
    constexpr std::uint64_t kernel_address = 0xffff'ffff'8000'0000;
    Faulting faulting([] { (void)*at(kernel_address); });
    faulting.receive(FaultAccess::read, kernel_address);
    faulting.is_skipped();
}

/// A loop of many: the handler maps page after page.
void many() {
    constexpr std::uint64_t pages = 50;
    const std::uint64_t start =
        must(call::map(0, pages * page_size, Rights{}), "map pages that cannot be touched");
    Faulting faulting([=] {
        for (std::uint64_t i = 0; i < pages; ++i) *at(start + i * page_size) = i;
    });
    for (std::uint64_t i = 0; i < pages; ++i) {
        faulting.receive(FaultAccess::write, start + i * page_size);
        protect(start + i * page_size, read_write);
        must(call::reply(retry()), "have it try again");
    }
    faulting.goes_on();
}

// ---- Across address spaces -------------------------------------------------------------------------------

/// In another process: tells where it wants to go on, and faults.
void be_faulter() {
    const Handle endpoint = given("endpoint");
    must(call::call(endpoint, {address_of([] { call::exit(skipped_code); })}), "tell where to go on");
    *at(0) = 1;
}

struct Faulter {
    Handle endpoint = make_endpoint();
    abi::Grant grants[1] = {grant("endpoint", endpoint, right::write | right::call)};
    Process process = start_role("faulter", grants);

    /// From now on its faults come through `to`; it makes one.
    std::uint64_t begin(Handle to) const {
        const std::uint64_t way_out = must(call::receive(endpoint), "receive from the faulter").words[0];
        must(call::set_fault_handler(process.handle(), to), "set another process's fault handler");
        must(call::reply({}), "let it fault");
        return way_out;
    }

    End end() const { return must(process.wait(), "wait for the faulter"); }
};

void across() {
    const Faulter faulter;
    const std::uint64_t way_out = faulter.begin(faulter.endpoint);
    const Message message = must(call::receive(faulter.endpoint), "receive its fault");
    require(message.information.sender() == faulter.process.id(), "a fault is by somebody else");
    require(abi::fault_access(message.words) == FaultAccess::write && message.words[1] == 0,
            "it is another fault");
    must(call::reply({static_cast<std::uint64_t>(FaultAction::skip_to), way_out}), "have it go on elsewhere");
    const End end = faulter.end();
    require(end.ending == abi::Ending::exited && end.code == skipped_code,
            "it does not go on where it was told to");
}

void ended_by_handler() {
    const Faulter faulter;
    faulter.begin(faulter.endpoint);
    must(call::receive(faulter.endpoint), "receive its fault");
    must(call::reply(end()), "end it");
    require(faulter.end().ending == abi::Ending::faulted, "it does not end");
}

/// A handler that dies with the fault in its hands: as if there were none.
void handler_dies() {
    const Faulter faulter;
    const Handle endpoint = make_endpoint();
    const abi::Grant given[] = {grant("endpoint", endpoint, right::read)};
    const Process handler = start_role("dying-handler", given);
    faulter.begin(endpoint);
    finish(handler);
    require(faulter.end().ending == abi::Ending::faulted, "it does not end with its handler");
}

void handler_lets_go() {
    const Faulter faulter;
    faulter.begin(faulter.endpoint);
    must(call::receive(faulter.endpoint), "receive its fault");
    must_fail(call::receive(faulter.endpoint, immediate), Error::would_block, "receive again");
    require(faulter.end().ending == abi::Ending::faulted, "it does not end when nobody answers");
}

constexpr Case cases[] = {
    {"fault-read", read},
    {"fault-write", write},
    {"fault-execute", execute},
    {"fault-unmapped", unmapped},
    {"fault-undefined", undefined},
    {"fault-kernel-memory", kernel_memory},
    {"fault-many", many},
    {"unknown-call", unknown_call},
    {"fault-across", across},
    {"fault-ended-by-handler", ended_by_handler},
    {"fault-handler-dies", handler_dies},
    {"fault-handler-lets-go", handler_lets_go},
};

constexpr Case roles[] = {
    {"faulter", be_faulter},
    {"dying-handler", [] { must(call::receive(given("endpoint")), "receive a fault"); }},
};

} // namespace

const Cases fault_cases = cases, fault_roles = roles;

} // namespace test
