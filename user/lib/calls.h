// The system calls as C++ functions: typed, and checked against the table in kernel/abi.
//
// Each takes what the table says it takes; what it gives comes back as a Result. What a call does, and which
// rights it demands, is told there, too.
#pragma once

#include <machine/system_call.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

#include "kernel/abi/inspect.h"
#include "kernel/abi/object.h"
#include "kernel/abi/process.h"
#include "kernel/abi/system_call.h"
#include "user/lib/result.h"

namespace trivium {

using abi::Handle;
using abi::Rights;
namespace right = abi::right;

/// A point in time, in nanoseconds since boot, that never comes: for waiting without a limit.
inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

/// How a process or thread ended, and its code: what it exited with, or what it was killed with.
struct End {
    abi::Ending ending{};
    std::int64_t code = 0;
};

namespace call {

/// The two words that some calls give back.
struct Words {
    std::uint64_t first;
    std::uint64_t second;
};

/// How many items a list has whose items are separated by commas.
consteval std::size_t count_items(std::string_view list) {
    return list.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(list, ',')) + 1;
}

using abi::to_word; // Of a handle.

constexpr std::uint64_t to_word(Rights rights) { return rights.bits; }

inline std::uint64_t to_word(const volatile void* address) {
    return reinterpret_cast<std::uintptr_t>(address);
}

template <class T>
requires std::integral<T> || std::is_enum_v<T>

constexpr std::uint64_t to_word(T value) { return static_cast<std::uint64_t>(value); }

/// Makes a call, whose arguments must be as many as the table says; gives back as many words as it says.
template <abi::SystemCall number, class... Arguments>
auto make(Arguments... arguments) {
    constexpr const abi::SystemCallDescription& call = abi::system_calls[static_cast<std::size_t>(number)];
    static_assert(call.number == number, "the table is in the order of the numbers");
    static_assert(sizeof...(Arguments) == count_items(call.takes), "not what the table says it takes");
    constexpr std::size_t given = count_items(call.gives);
    using Value = std::conditional_t<given == 0, void, std::conditional_t<given == 1, std::uint64_t, Words>>;
    const machine::Result result =
        machine::system_call(static_cast<std::uint64_t>(number), to_word(arguments)...);
    if (result.status != 0) return Result<Value>(std::unexpected(static_cast<Error>(result.status)));
    if constexpr (given == 0)
        return Result<Value>();
    else if constexpr (given == 1)
        return Result<Value>(result.first);
    else
        return Result<Value>(Words{result.first, result.second});
}

inline Result<Handle> as_handle(Result<std::uint64_t> word) {
    if (!word) return std::unexpected(word.error());
    return abi::to_handle(*word);
}

inline Result<End> as_end(Result<Words> words) {
    if (!words) return std::unexpected(words.error());
    return End{static_cast<abi::Ending>(words->first), static_cast<std::int64_t>(words->second)};
}

using abi::SystemCall;
static_assert(abi::system_call_count == 43, "a new call gets its function here");

[[noreturn]] inline void exit(std::int64_t code) {
    make<SystemCall::exit>(code);
    __builtin_unreachable();
}

inline Result<std::uint64_t> read(Handle from, std::span<std::byte> to, std::uint64_t offset = 0) {
    return make<SystemCall::read>(from, to.data(), to.size(), offset);
}

inline Result<std::uint64_t> write(Handle to, std::string_view text, std::uint64_t offset = 0) {
    return make<SystemCall::write>(to, text.data(), text.size(), offset);
}

inline Result<Handle> open(std::string_view name) {
    return as_handle(make<SystemCall::open>(name.data(), name.size()));
}

inline Result<void> close(Handle handle) { return make<SystemCall::close>(handle); }

inline Result<Handle> create(abi::ObjectType type, std::uint64_t size) {
    return as_handle(make<SystemCall::create>(type, size));
}

inline Result<void> destroy(Handle handle) { return make<SystemCall::destroy>(handle); }

struct Spawned {
    Handle handle;
    std::uint32_t id;
};

inline Result<Spawned> spawn(const abi::SpawnRequest& request) {
    const auto words = make<SystemCall::spawn>(&request);
    if (!words) return std::unexpected(words.error());
    return Spawned{abi::to_handle(words->first), static_cast<std::uint32_t>(words->second)};
}

inline Result<End> wait(Handle handle, std::uint64_t deadline = never) {
    return as_end(make<SystemCall::wait>(handle, deadline));
}

inline Result<void> kill(Handle handle, std::int64_t code) { return make<SystemCall::kill>(handle, code); }

inline Result<void> yield() { return make<SystemCall::yield>(); }

inline Result<void> sleep(std::uint64_t deadline) { return make<SystemCall::sleep>(deadline); }

inline Result<std::uint64_t> time() { return make<SystemCall::time>(); }

inline Result<std::uint64_t> map(std::uint64_t address, std::uint64_t size, Rights rights, Handle memory = {},
                                 std::uint64_t offset = 0) {
    return make<SystemCall::map>(address, size, rights, memory, offset);
}

inline Result<void> unmap(std::uint64_t address, std::uint64_t size) {
    return make<SystemCall::unmap>(address, size);
}

inline Result<void> protect(std::uint64_t address, std::uint64_t size, Rights rights) {
    return make<SystemCall::protect>(address, size, rights);
}

inline Result<Handle> thread_start(std::uint64_t entry, std::uint64_t stack, std::uint64_t argument,
                                   std::uint8_t priority) {
    return as_handle(make<SystemCall::thread_start>(entry, stack, argument, priority));
}

[[noreturn]] inline void thread_exit(std::int64_t code) {
    make<SystemCall::thread_exit>(code);
    __builtin_unreachable();
}

inline Result<End> thread_join(Handle thread, std::uint64_t deadline = never) {
    return as_end(make<SystemCall::thread_join>(thread, deadline));
}

inline Result<void> suspend(Handle thread) { return make<SystemCall::suspend>(thread); }

inline Result<void> resume(Handle thread) { return make<SystemCall::resume>(thread); }

inline Result<void> set_priority(Handle handle, std::uint8_t priority) {
    return make<SystemCall::set_priority>(handle, priority);
}

inline Result<void> set_affinity(Handle handle, std::uint64_t cpus) {
    return make<SystemCall::set_affinity>(handle, cpus);
}

inline Result<std::uint64_t> inspect(Handle system, abi::Topic topic, std::span<std::byte> to,
                                     std::uint64_t offset = 0) {
    return make<SystemCall::inspect>(system, topic, to.data(), to.size(), offset);
}

inline Result<void> null() { return make<SystemCall::null>(); }

/// For derive() and move(): whichever slot is free.
inline constexpr std::uint32_t any_slot = 0xffff'ffff;

inline Result<Handle> derive(Handle from, Rights rights, std::uint64_t badge = 0,
                             std::uint32_t slot = any_slot) {
    return as_handle(make<SystemCall::derive>(from, rights, badge, slot));
}

inline Result<Handle> move(Handle from, std::uint32_t slot = any_slot) {
    return as_handle(make<SystemCall::move>(from, slot));
}

inline Result<void> revoke(Handle handle) { return make<SystemCall::revoke>(handle); }

/// What a handle stands for.
struct Identity {
    abi::ObjectType type;
    Rights rights;
    std::uint64_t badge;
};

inline Result<Identity> identify(Handle handle) {
    const auto words = make<SystemCall::identify>(handle);
    if (!words) return std::unexpected(words.error());
    return Identity{.type = static_cast<abi::ObjectType>(words->first & 0xffff),
                    .rights = {static_cast<std::uint16_t>(words->first >> 16)},
                    .badge = words->second};
}

inline Result<std::uint64_t> keep_reply() { return make<SystemCall::keep_reply>(); }

/// Waits for a notification's signals and takes them.
inline Result<std::uint64_t> take_signals(Handle notification, std::uint64_t deadline = never) {
    const auto words = make<SystemCall::wait>(notification, deadline);
    if (!words) return std::unexpected(words.error());
    return words->first;
}

inline Result<void> signal(Handle notification) { return make<SystemCall::signal>(notification); }

inline Result<void> bind(Handle notification, Handle to) { return make<SystemCall::bind>(notification, to); }

inline Result<void> set_timer(Handle notification, std::uint64_t deadline) {
    return make<SystemCall::set_timer>(notification, deadline);
}

inline Result<void> acknowledge(Handle interrupt) { return make<SystemCall::acknowledge>(interrupt); }

inline Result<void> cancel(Handle handle) { return make<SystemCall::cancel>(handle); }

inline Result<void> set_fault_handler(Handle of, Handle endpoint) {
    return make<SystemCall::set_fault_handler>(of, endpoint);
}

inline Result<std::uint64_t> share(Handle device, Handle memory, std::uint64_t offset) {
    return make<SystemCall::share>(device, memory, offset);
}

inline Result<void> reset(Handle device) { return make<SystemCall::reset>(device); }

} // namespace call
} // namespace trivium
