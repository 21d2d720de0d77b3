// Kinds of objects, and what a capability lets its holder do with one.
#pragma once

#include <cstdint>
#include <string_view>

namespace abi {

enum class ObjectType : std::uint16_t {
    none = 0,
    process,      ///< read: inspect and wait; write: end; manage: priority and CPUs of its threads
    thread,       ///< read: wait; write: suspend, resume and end; manage: priority and CPUs
    memory,       ///< read, write, execute: map so, and read() and write()
    console,      ///< read: characters that are typed; write: print
    null,         ///< read: nothing, at once; write: into nothing
    random,       ///< read: random bytes
    system,       ///< read: inspect() what the kernel knows of itself
    endpoint,     ///< write: send; read: receive; call: call; transfer: capabilities with messages; manage:
                  ///< cancel
    notification, ///< write: signal; read: wait; manage: bind and set its timer
    interrupt,    ///< read: acknowledge; manage: bind to a notification
    device,       ///< read, write: its registers; manage: reset, and share memory with it
};

constexpr std::string_view name(ObjectType type) {
    switch (type) {
    case ObjectType::none: return "none";
    case ObjectType::process: return "process";
    case ObjectType::thread: return "thread";
    case ObjectType::memory: return "memory";
    case ObjectType::console: return "console";
    case ObjectType::null: return "null";
    case ObjectType::random: return "random";
    case ObjectType::system: return "system";
    case ObjectType::endpoint: return "endpoint";
    case ObjectType::notification: return "notification";
    case ObjectType::interrupt: return "interrupt";
    case ObjectType::device: return "device";
    }
    return "unknown";
}

/// A set of rights. Rights only shrink: what is derived from a capability has no right that it lacks.
struct Rights {
    std::uint16_t bits = 0;

    constexpr bool operator==(const Rights&) const = default;

    constexpr bool includes(Rights other) const { return (bits & other.bits) == other.bits; }

    constexpr Rights operator|(Rights other) const { return {static_cast<std::uint16_t>(bits | other.bits)}; }

    constexpr Rights operator&(Rights other) const { return {static_cast<std::uint16_t>(bits & other.bits)}; }
};

namespace right {
inline constexpr Rights read{1 << 0};
inline constexpr Rights write{1 << 1};
inline constexpr Rights execute{1 << 2};
inline constexpr Rights manage{1 << 3};
inline constexpr Rights grant{1 << 4};    ///< May be given to another process.
inline constexpr Rights call{1 << 5};     ///< Of an endpoint: may ask for a reply.
inline constexpr Rights transfer{1 << 6}; ///< Of an endpoint: capabilities may go with messages.
inline constexpr Rights all{(1 << 7) - 1};
} // namespace right

} // namespace abi
