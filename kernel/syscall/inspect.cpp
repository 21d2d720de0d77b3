// What the kernel tells of itself: records for programs, text for people.
#include <algorithm>
#include <array>

#include "kernel/device/driver.h"
#include "kernel/memory/kernel_space.h"
#include "kernel/process/plain_object.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/schedule/timers.h"
#include "kernel/syscall/call.h"
#include "kernel/trace/log.h"

namespace calls {
namespace {

using process::Process;
using process::Thread;

/// What is told goes past this: it lets the caller's window of it through to his buffer.
class Window {
public:
    Window(const memory::UserBuffer& buffer, std::uint64_t offset) : buffer_(buffer), skip_(offset) {}

    void put(std::span<const std::byte> bytes) {
        const std::uint64_t skipped = std::min<std::uint64_t>(skip_, bytes.size());
        skip_ -= skipped;
        bytes = bytes.subspan(skipped);
        bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), buffer_.size() - written_));
        if (bytes.empty() || !result_) return;
        result_ = buffer_.write(written_, bytes);
        written_ += bytes.size();
    }

    template <class T>
    void put_record(const T& record) {
        put(std::as_bytes(std::span(&record, 1)));
    }

    base::Sink sink() {
        return {[](void* self, std::string_view text) {
                    static_cast<Window*>(self)->put(std::as_bytes(std::span(text)));
                },
                this};
    }

    std::expected<std::uint64_t, Error> result() const {
        if (!result_) return std::unexpected(result_.error());
        return written_;
    }

private:
    memory::UserBuffer buffer_;
    std::uint64_t skip_;
    std::uint64_t written_ = 0;
    std::expected<void, Error> result_{};
};

abi::ThreadRecord record_of(const Process& process, const Thread& thread) {
    abi::ThreadRecord record{.process = process.pid.value,
                             .parent = process.parent ? process.parent->pid.value : 0,
                             .number = thread.number,
                             .cpu = thread.cpu,
                             .affinity = thread.affinity & ((1u << schedule::cpu_count()) - 1),
                             .priority = thread.priority,
                             .state = thread.state,
                             .run_nanoseconds = schedule::run_time(thread).value,
                             .switches = thread.switches,
                             .frames = process.account.frames()};
    std::ranges::copy(process.name.view(), record.name.begin());
    return record;
}

void tell_threads(Window& window) {
    process::for_each(
        [](void* context, Process& process) {
            for (const Thread& thread : process.threads)
                static_cast<Window*>(context)->put_record(record_of(process, thread));
        },
        &window);
}

void tell_memory(Window& window) {
    const auto& frames = memory::frames().statistics();
    const auto& heap = memory::heap().statistics();
    abi::MemoryRecord record{
        .total_frames = frames.total,
        .free_frames = frames.free,
        .page_table_frames = frames.used[static_cast<std::size_t>(memory::FrameUse::page_table)],
        .heap_objects = heap.large_objects,
        .heap_frames = frames.used[static_cast<std::size_t>(memory::FrameUse::slab)] + heap.large_frames};
    for (const auto& slots : heap.slots) record.heap_objects += slots.used;
    window.put_record(record);
}

void tell_cpus(Window& window) {
    for (std::uint32_t cpu = 0; cpu < schedule::cpu_count(); ++cpu) {
        const schedule::CpuTimes times = schedule::times_of(cpu);
        window.put_record(abi::CpuRecord{.index = cpu,
                                         .idle_nanoseconds = times.idle.value,
                                         .busy_nanoseconds = times.busy.value,
                                         .timer_interrupts = schedule::timer_interrupts(cpu)});
    }
}

void tell_state(Window& window) {
    const axiom::State& state = object::state();
    window.put_record(abi::StateRecord{.commits = object::commit_log().sequence(),
                                       .digest = state.digest(),
                                       .processes = state.process_count(),
                                       .objects = state.object_count(),
                                       .capabilities = state.capability_count(),
                                       .epoch = state.epoch()});
}

abi::CapabilityRecord record_of(const axiom::Capability& capability) {
    const axiom::State& state = object::state();
    abi::CapabilityRecord record{.process = capability.holder.value,
                                 .handle = capability.handle,
                                 .type = capability.type,
                                 .rights = capability.rights,
                                 .object = capability.object.value,
                                 .badge = capability.badge};
    if (const auto source = state.source(capability)) {
        record.source_process = source->holder.value;
        record.source_slot = source->handle.slot;
    }
    std::ranges::copy(state.name_of(capability.holder, capability.handle), record.name.begin());
    return record;
}

/// The first capability at a position, or behind it: of that process, or of one with a higher id.
std::expected<axiom::Capability, Error> capability_from(std::uint64_t position) {
    const axiom::State& state = object::state();
    axiom::ProcessId process{static_cast<std::uint32_t>(position >> 32)};
    auto found = state.next_capability(process, static_cast<std::uint32_t>(position));
    while (!found) {
        const axiom::ProcessRecord* const next = state.next_process(process);
        if (!next) return found;
        process = next->id;
        found = state.next_capability(process, 0);
    }
    return found;
}

/// A step of it: whoever wants more asks from behind the last.
std::expected<std::uint64_t, Error> tell_capabilities(const memory::UserBuffer& buffer,
                                                      std::uint64_t position) {
    constexpr std::uint64_t record_size = sizeof(abi::CapabilityRecord);
    const std::uint64_t room = std::min<std::uint64_t>(buffer.size() / record_size, axiom::most_per_step);
    if (room == 0) return std::unexpected(Error::invalid_argument);
    std::uint64_t told = 0;
    for (; told < room; ++told) {
        const auto capability = capability_from(position);
        if (!capability) break;
        const abi::CapabilityRecord record = record_of(*capability);
        if (const auto written = buffer.write(told * record_size, std::as_bytes(std::span(&record, 1)));
            !written)
            return std::unexpected(written.error());
        position = position_behind(record);
    }
    return told * record_size;
}

std::expected<void, Error> tell(abi::Topic topic, Window& window) {
    switch (topic) {
    case abi::Topic::threads: tell_threads(window); return {};
    case abi::Topic::memory: tell_memory(window); return {};
    case abi::Topic::cpus: tell_cpus(window); return {};
    case abi::Topic::devices: device::print_attached(window.sink()); return {};
    case abi::Topic::log: trace::print_log(window.sink()); return {};
    case abi::Topic::state: tell_state(window); return {};
    case abi::Topic::capabilities: break; // Not through a window.
    }
    return std::unexpected(Error::invalid_argument);
}

std::expected<std::uint64_t, Error> inspect_topic(const Call& call) {
    if (const auto system = call.object<process::SystemObject>(0, abi::right::read); !system)
        return std::unexpected(system.error());
    const memory::UserBuffer buffer = call.buffer(2, 3);
    if (const auto fine = buffer.check(); !fine) return std::unexpected(fine.error());
    if (call.argument(1) > 0xffff) return std::unexpected(Error::invalid_argument);
    const auto topic = static_cast<abi::Topic>(call.argument(1));
    if (topic == abi::Topic::capabilities) return tell_capabilities(buffer, call.argument(4));
    Window window(buffer, call.argument(4));
    if (const auto told = tell(topic, window); !told) return std::unexpected(told.error());
    return window.result();
}

} // namespace

void inspect(const Call& call) { call.finish(inspect_topic(call)); }

void null(const Call& call) { call.succeed(); }

} // namespace calls
