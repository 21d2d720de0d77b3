// What threads of this process are called, and how they are.
#include "user/lib/companion.h"

#include "user/lib/inspect.h"
#include "user/lib/message.h"

namespace trivium {
namespace {

constinit std::uint32_t last_number = 1; // The first thread is 0, the one that watches the clock 1.
constinit std::uint32_t id = 0;

std::int64_t send_once(void* endpoint) {
    must(call::send(*static_cast<const Handle*>(endpoint), {}), "send to oneself");
    return 0;
}

} // namespace

std::uint32_t next_thread_number() { return ++last_number; }

std::uint32_t own_id() {
    if (id != 0) return id;
    const Owned endpoint(must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint"));
    Handle handle = endpoint.get();
    static_cast<void>(next_thread_number());
    Thread sender = must(Thread::start(send_once, &handle), "start a thread");
    id = must(call::receive(handle), "receive from oneself").information.sender();
    must(sender.join(), "join a thread");
    return id;
}

std::optional<abi::ThreadRecord> record_of_thread(std::uint32_t process, std::uint32_t number) {
    std::optional<abi::ThreadRecord> found;
    must(for_each_record<abi::ThreadRecord>(abi::Topic::threads,
                                            [&](const abi::ThreadRecord& record) {
                                                if (record.process == process && record.number == number)
                                                    found = record;
                                            }),
         "inspect threads");
    return found;
}

std::uint32_t count_cpus() {
    std::uint32_t count = 0;
    must(for_each_record<abi::CpuRecord>(abi::Topic::cpus, [&](const auto&) { ++count; }), "count the CPUs");
    return count;
}

} // namespace trivium
