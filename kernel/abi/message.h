// Messages: what threads say to each other through endpoints.
//
//     send, call, reply_receive    (endpoint, information, four words)   ──>   status
//     reply                        (kept reply or 0, information, four words)
//     receive                      (endpoint, information, envelope)
//                                                          whoever receives:   status, information, badge,
//                                                          four words
//
// - Four words travel in registers, always. Bytes and capabilities, and the time that a wait may take, are
// named
//   in an Envelope in the caller's memory, whose address then stands in the place of the first word.
// - A message that does not fit its receiver fails its sender, and the receiver goes on waiting.
// - Badge and process in what is received are the kernel's word; no sender can choose them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/abi/handle.h"
#include "kernel/abi/object.h"

namespace abi {

inline constexpr std::size_t message_words = 4;
inline constexpr std::size_t most_message_bytes = 16384;
inline constexpr std::size_t most_transferred = 4; ///< Capabilities in one message.

/// What a message is, besides its words.
///
///     bits 0-15   bytes that go, or have come, with it
///     bits 16-19  capabilities that go, or have come, with it
///     bits 20-23  flags, below
///     bits 32-63  received: the process that sent it
struct MessageInformation {
    std::uint64_t bits = 0;

    static constexpr std::uint64_t enveloped =
        1 << 20; ///< To the kernel: the first word is an Envelope's address.
    static constexpr std::uint64_t immediate =
        1 << 21;                                   ///< To the kernel: Error::would_block instead of a wait.
    static constexpr std::uint64_t call = 1 << 22; ///< Received: the sender waits for a reply.
    static constexpr std::uint64_t notification =
        1 << 23; ///< Received: no message, but the bits of the notification
                 ///< that is bound to this thread, as its badge.

    static constexpr MessageInformation of(std::uint64_t bytes, std::uint64_t capabilities,
                                           std::uint64_t flags = 0, std::uint32_t sender = 0) {
        return {bytes | capabilities << 16 | flags | std::uint64_t{sender} << 32};
    }

    constexpr std::uint32_t bytes() const { return static_cast<std::uint16_t>(bits); }

    constexpr std::uint32_t capabilities() const { return static_cast<std::uint32_t>(bits >> 16 & 15); }

    constexpr std::uint32_t sender() const { return static_cast<std::uint32_t>(bits >> 32); }

    constexpr bool has(std::uint64_t flag) const { return (bits & flag) != 0; }
};

using MessageWords = std::array<std::uint64_t, message_words>;

/// A capability that goes with a message: the receiver gets one that is derived from it.
struct Sent {
    Handle handle{}; ///< Of the sender's; must have the right to grant.
    Rights rights{}; ///< What of its rights the receiver gets.
    std::array<std::uint16_t, 3> reserved{};
};

static_assert(sizeof(Sent) == 16);

/// The rest of a message. The kernel reads it once, when the call is made, and writes `received` alone.
struct Envelope {
    MessageWords words{};
    std::uint64_t deadline = ~std::uint64_t{0}; ///< For the whole call; see docs/syscalls.md.
    std::uint64_t data = 0;      ///< Address of the bytes to send, as many as the information says.
    std::uint64_t room = 0;      ///< Address where bytes that come are put.
    std::uint32_t room_size = 0; ///< How many there may come.
    std::uint32_t accepted = 0;  ///< How many capabilities there may come.
    std::array<Handle, most_transferred> received{};
    std::array<Sent, most_transferred> sent{}; ///< As many as the information says.
};

static_assert(sizeof(Envelope) == 160);

/// What happened to a thread, in what its fault handler receives.
enum class FaultKind : std::uint8_t {
    access,
    illegal_instruction,
    breakpoint,
    misaligned,
    arithmetic,
    other,
};

enum class FaultAccess : std::uint8_t { none, read, write, execute };

/// The words of a call to a fault handler: kind (bits 0-7) and access (8-15), the address that was accessed,
/// the instruction's address, and the machine's own code for it.
constexpr MessageWords fault_words(FaultKind kind, FaultAccess access, std::uint64_t address,
                                   std::uint64_t program_counter, std::uint64_t code) {
    return {static_cast<std::uint64_t>(kind) | static_cast<std::uint64_t>(access) << 8, address,
            program_counter, code};
}

constexpr FaultKind fault_kind(const MessageWords& words) { return static_cast<FaultKind>(words[0] & 0xff); }

constexpr FaultAccess fault_access(const MessageWords& words) {
    return static_cast<FaultAccess>(words[0] >> 8 & 0xff);
}

/// How the thread goes on: the first word of the reply.
enum class FaultAction : std::uint64_t {
    retry = 0, ///< With the same instruction.
    skip_to,   ///< At the address in the second word.
    end,       ///< Not at all: its process ends, as if there were no handler.
};

} // namespace abi
