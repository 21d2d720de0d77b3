// System calls about objects: names, capabilities, and what can be read and written.
#include <algorithm>
#include <array>
#include <memory>

#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/notification.h"
#include "kernel/object/memory.h"
#include "kernel/process/console.h"
#include "kernel/process/plain_object.h"
#include "kernel/random/random.h"
#include "kernel/syscall/call.h"
#include "kernel/syscall/device_calls.h"

namespace calls {
namespace {

using process::Process;

/// A step of reading or writing: whoever has more calls again.
constexpr std::uint64_t most_bytes = 16 * base::page_size;

std::expected<abi::Handle, Error> open_named(const Call& call) {
    std::array<char, abi::name_length> name;
    if (call.argument(1) > name.size()) return std::unexpected(Error::not_found);
    const auto bytes = std::span(name).first(call.argument(1));
    if (const auto read = call.buffer(0, 1).read(0, std::as_writable_bytes(bytes)); !read)
        return std::unexpected(read.error());
    const auto handle = object::state().named(call.process().pid, {bytes.data(), bytes.size()});
    if (!handle) return handle;
    const auto named = object::state().capability(call.process().pid, *handle);
    if (!named) return std::unexpected(named.error()); // It has been closed since.
    if (const auto room = process::make_room(call.process()); !room) return std::unexpected(room.error());
    const auto copied = object::commit(
        axiom::copy_capability(call.process().pid, *handle, call.process().pid, named->rights));
    if (!copied) return std::unexpected(copied.error());
    return copied->handle;
}

/// Makes the live object first: once State has it, nothing can fail.
template <class T>
std::expected<abi::Handle, Error> establish(Process& owner, std::unique_ptr<T> made, std::uint64_t size) {
    if (!made) return std::unexpected(Error::out_of_memory);
    if (const auto room = process::make_room(owner); !room) return std::unexpected(room.error());
    const auto outcome =
        object::commit(axiom::create_object(owner.pid, T::object_type, size, abi::right::all));
    if (!outcome) return std::unexpected(outcome.error());
    T& object = *made.release();
    object::bind(object, outcome->object, outcome->index);
    owner.made.push_back(object);
    return outcome->handle;
}

std::expected<abi::Handle, Error> create_memory(Process& owner, std::uint64_t size) {
    const auto frames = memory::FrameSet::create(size, owner.account);
    if (!frames) return std::unexpected(frames.error());
    std::unique_ptr<object::Memory> made(new object::Memory(**frames));
    if (!made) (*frames)->release();
    return establish(owner, std::move(made), size);
}

template <class T>
std::expected<abi::Handle, Error> create_plain(const Call& call) {
    return establish(call.process(), std::unique_ptr<T>(new T), 0);
}

// ---- Reading and writing ---------------------------------------------------------------------------------

/// The part of a transfer that lies inside of the object and of one step.
std::uint64_t part_of(const memory::FrameSet& frames, std::uint64_t offset, std::uint64_t wanted) {
    return offset >= frames.size() ? 0 : std::min({wanted, frames.size() - offset, most_bytes});
}

/// Calls `move(page bytes, offset in the caller's buffer)` for each page of a part of the frames.
template <class Move>
std::expected<std::uint64_t, Error> for_each_page(memory::FrameSet& frames, std::uint64_t offset,
                                                  std::uint64_t size, Move move) {
    for (std::uint64_t done = 0; done < size;) {
        const std::uint64_t within = (offset + done) % base::page_size;
        const std::uint64_t count = std::min(size - done, base::page_size - within);
        const auto page = frames.page(offset + done - within);
        if (!page) return std::unexpected(page.error());
        const std::span bytes(hal::direct<std::byte>(*page + within), count);
        if (const auto moved = move(bytes, done); !moved) return std::unexpected(moved.error());
        done += count;
    }
    return size;
}

std::expected<std::uint64_t, Error> read_memory(const Call& call, memory::FrameSet& frames) {
    const memory::UserBuffer buffer = call.buffer(1, 2);
    return for_each_page(
        frames, call.argument(3), part_of(frames, call.argument(3), buffer.size()),
        [&](std::span<std::byte> bytes, std::uint64_t at) { return buffer.write(at, bytes); });
}

std::expected<std::uint64_t, Error> write_memory(const Call& call, memory::FrameSet& frames) {
    if (!frames.is_writable()) return std::unexpected(Error::read_only);
    const memory::UserBuffer buffer = call.buffer(1, 2);
    return for_each_page(
        frames, call.argument(3), part_of(frames, call.argument(3), buffer.size()),
        [&](std::span<std::byte> bytes, std::uint64_t at) { return buffer.read(at, bytes); });
}

std::expected<std::uint64_t, Error> read_random(const memory::UserBuffer& buffer) {
    std::array<std::byte, 256> bytes;
    const auto part = std::span(bytes).first(std::min<std::uint64_t>(bytes.size(), buffer.size()));
    if (const auto filled = randomness::fill(part); !filled) return std::unexpected(filled.error());
    if (const auto written = buffer.write(0, part); !written) return std::unexpected(written.error());
    return part.size();
}

/// Looks at what is written into nothing, a step of it, as if it were wanted.
std::expected<std::uint64_t, Error> swallow(const Call& call) {
    const std::uint64_t size = std::min(call.argument(2), most_bytes);
    const memory::UserBuffer step(*call.process().space, call.address(1), size);
    if (const auto fine = step.check_readable(); !fine) return std::unexpected(fine.error());
    return size;
}

/// Whether programs make and destroy such objects at will.
bool is_of_programs(abi::ObjectType type) {
    return type == abi::ObjectType::memory || type == abi::ObjectType::null ||
           type == abi::ObjectType::endpoint || type == abi::ObjectType::notification;
}

} // namespace

void open(const Call& call) { call.finish(open_named(call)); }

/// A process keeps the capability for itself until it ends: so it can be found as long as it runs.
void close(const Call& call) {
    if (call.handle(0) == abi::self_process) return call.fail(Error::not_permitted);
    const auto outcome = object::commit(axiom::delete_capability(call.process().pid, call.handle(0)));
    outcome ? call.succeed() : call.fail(outcome.error());
}

void create(const Call& call) {
    if (call.argument(0) > 0xffff) return call.fail(Error::invalid_argument);
    switch (static_cast<abi::ObjectType>(call.argument(0))) {
    case abi::ObjectType::memory: return call.finish(create_memory(call.process(), call.argument(1)));
    case abi::ObjectType::null: return call.finish(create_plain<process::NullObject>(call));
    case abi::ObjectType::endpoint: return call.finish(create_plain<ipc::Endpoint>(call));
    case abi::ObjectType::notification: return call.finish(create_plain<ipc::Notification>(call));
    default: return call.fail(Error::invalid_argument);
    }
}

/// In steps, as revoke() is.
void destroy(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), abi::right::manage);
    if (!found) return call.fail(found.error());
    if (found->object->type() == abi::ObjectType::process) {
        call.succeed();
        return process::end(static_cast<Process&>(*found->object), abi::Ending::killed, 0);
    }
    if (!is_of_programs(found->object->type())) return call.fail(Error::wrong_type);
    const auto outcome = object::commit(axiom::destroy_object(call.process().pid, call.handle(0)));
    if (!outcome) return call.fail(outcome.error());
    outcome->done ? call.succeed() : call.repeat();
}

void read(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), abi::right::read);
    if (!found) return call.fail(found.error());
    const memory::UserBuffer buffer = call.buffer(1, 2);
    if (const auto fine = buffer.check(); !fine) return call.fail(fine.error());
    switch (found->object->type()) {
    case abi::ObjectType::console: {
        const auto count = static_cast<process::Console&>(*found->object).read(buffer);
        if (count || count.error() != Error::would_block) call.finish(count);
        return;
    }
    case abi::ObjectType::null: return call.succeed(0);
    case abi::ObjectType::random: return call.finish(read_random(buffer));
    case abi::ObjectType::memory:
        return call.finish(read_memory(call, static_cast<object::Memory&>(*found->object).frames));
    case abi::ObjectType::device:
        return call.finish(read_register(call, static_cast<object::Device&>(*found->object)));
    default: return call.fail(Error::wrong_type);
    }
}

void write(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), abi::right::write);
    if (!found) return call.fail(found.error());
    const memory::UserBuffer buffer = call.buffer(1, 2);
    if (const auto fine = buffer.check(); !fine) return call.fail(fine.error());
    switch (found->object->type()) {
    case abi::ObjectType::console:
        return call.finish(static_cast<process::Console&>(*found->object).write(buffer));
    case abi::ObjectType::null: return call.finish(swallow(call));
    case abi::ObjectType::memory:
        return call.finish(write_memory(call, static_cast<object::Memory&>(*found->object).frames));
    case abi::ObjectType::device:
        return call.finish(write_register(call, static_cast<object::Device&>(*found->object)));
    default: return call.fail(Error::wrong_type);
    }
}

} // namespace calls
