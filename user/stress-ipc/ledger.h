// The ledger: memory that all processes share, in which clients and servers note what they do. From it
// follows whether each request was answered or failed exactly once.
//
//     client   asked ──────────> answered | failed | wrong           what is under way when it is killed:
//     none server           replying ──> replied
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "user/lib/handle.h"
#include "user/lib/memory.h"

namespace stress {

using trivium::Handle, trivium::Result;

inline constexpr std::uint32_t client_count = 3;
inline constexpr std::uint32_t threads_per_client = 2;
inline constexpr std::uint32_t server_count = 2;

using Counter = std::atomic<std::uint64_t>;

/// Of one thread of a client, and of those that came after it in its place.
struct Requests {
    Counter asked{0};
    Counter answered{0};
    Counter failed{0};
    Counter wrong{0}; ///< Another one's reply, or an error that cannot be.
};

/// Of a server and its successors.
struct Replies {
    Counter replying{0};
    Counter replied{0};
    Counter wrong{0}; ///< A badge that is not the sender's.
};

struct Ledger {
    Counter seed{0};
    Counter is_over{0}; ///< Clients end then.
    std::array<std::array<Requests, threads_per_client>, client_count> requests;
    std::array<Replies, server_count> replies;
};

/// A request's first word: who asks, and a number that nobody else ever uses.
struct RequestId {
    std::uint32_t client = 0;
    std::uint32_t thread = 0;
    std::uint64_t number = 0;

    constexpr std::uint64_t word() const {
        return std::uint64_t{client} << 56 | std::uint64_t{thread} << 48 | number;
    }
};

constexpr std::uint32_t client_of(std::uint64_t id) { return static_cast<std::uint32_t>(id >> 56); }

/// By which the kernel tells servers who asks.
constexpr std::uint64_t badge_of(std::uint32_t client) { return client + 1; }

/// The ledger that this process was given, mapped for as long as it runs.
Result<Ledger*> open_ledger();

/// What clients and servers do. Return an exit code.
int be_client(Ledger& ledger, std::uint32_t index, std::uint64_t seed);
int be_server(Ledger& ledger, std::uint32_t index, std::uint64_t seed);

/// A client's code when its capability was revoked.
inline constexpr int revoked_code = 3;

} // namespace stress
