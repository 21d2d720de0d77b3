// The one error type of the system: what the kernel returns to itself, and what programs will see.
#pragma once

#include <cstdint>
#include <string_view>

namespace abi {

enum class Error : std::uint16_t {
    invalid_argument = 1, ///< A value is outside of what the operation accepts.
    out_of_memory,        ///< No frame, slab or table entry is left; nothing was changed.
    not_found,            ///< Nothing is known under that name, number or address.
    already_freed,        ///< The memory is free already (double free).
    foreign,              ///< The address does not belong to the allocator that was asked.
    misaligned,           ///< An address or length is not aligned as it must be.
    occupied,             ///< The place is taken: a page is mapped, a line has its handler.
    corrupt,              ///< Input that must be well-formed is not (table, tree, image, canary).
    too_large,            ///< A value is well-formed but exceeds what this kernel can hold.
    unsupported,          ///< The machine or this build cannot do it.
    would_block,          ///< There is no room, or nothing to take, right now.
    timed_out,            ///< What was waited for did not come in its time.
    io,                   ///< The device tried and failed.
    read_only,            ///< The device cannot be written to.
    device_failed,        ///< The device broke its own rules, or is gone, and was given up.
    bad_handle,           ///< The handle names no capability: never given out, or closed since.
    wrong_type,           ///< The capability is for an object of another kind.
    not_permitted,        ///< The capability lacks a right that this needs.
    bad_address,          ///< Memory that the caller cannot read, or write, as this needs.
    bad_call,             ///< There is no system call of that number.
    limit_reached,        ///< A quota is used up: memory, handles or processes.
    gone,                 ///< What was waited for or worked with has ended meanwhile.
    not_running,          ///< The process or thread has ended, so that this cannot be done to it.
    cancelled,            ///< Somebody who may has ended the wait.
    unanswered,           ///< Whoever was to reply has ended, or has let the call go without a reply.
};

/// The name of an error, as messages show it.
constexpr std::string_view name(Error error) {
    switch (error) {
    case Error::invalid_argument: return "invalid argument";
    case Error::out_of_memory: return "out of memory";
    case Error::not_found: return "not found";
    case Error::already_freed: return "already freed";
    case Error::foreign: return "foreign address";
    case Error::misaligned: return "misaligned";
    case Error::occupied: return "occupied";
    case Error::corrupt: return "corrupt";
    case Error::too_large: return "too large";
    case Error::unsupported: return "unsupported";
    case Error::would_block: return "would block";
    case Error::timed_out: return "timed out";
    case Error::io: return "input/output error";
    case Error::read_only: return "read-only";
    case Error::device_failed: return "device failed";
    case Error::bad_handle: return "bad handle";
    case Error::wrong_type: return "wrong type of object";
    case Error::not_permitted: return "not permitted";
    case Error::bad_address: return "bad address";
    case Error::bad_call: return "no such system call";
    case Error::limit_reached: return "limit reached";
    case Error::gone: return "gone";
    case Error::not_running: return "not running";
    case Error::cancelled: return "cancelled";
    case Error::unanswered: return "unanswered";
    }
    return "unknown error";
}

} // namespace abi
