// A thread as one who talks: what it says, what it waits for, and whom it owes a reply.
//
//     stage       none ── send ──> sending ── received ──> none
//                 none ── call ──> sending ── received ──> calling ── reply ──> none
//                 none ── receive ──> receiving ── message, notification ──> none
//
//     calling ──answerer──> the thread that received the call     its `caller` is the other end
//             or is among what a domain has kept, to be answered later
//
// - Whatever ends a wait (an answer, time, cancelling, death) goes through schedule::wake or stop, and from
//   there through on_wait_ended: so that no end of such a pair outlives the other.
// - A call is answered or failed exactly once: who lets one go unanswered, or ends, fails it.
//
// The kernel lock must be held for everything in this room.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>

#include "kernel/abi/message.h"
#include "kernel/axiom/state.h"
#include "kernel/base/list.h"
#include "kernel/schedule/thread.h"

namespace ipc {

using abi::Error;
using abi::MessageInformation;
using abi::MessageWords;

class Endpoint;
class Notification;
class Party;

/// What the threads of a process have in common.
class Domain {
public:
    axiom::ProcessId pid{};        ///< Given by the commit that made it.
    axiom::State::Holder holder{}; ///< Its table in State, from then on.
    base::List<Party, class Kept> kept;
    std::uint64_t last_token = 0; ///< Of what was kept.
};

/// Where a thread's faults are told: an endpoint that `holder` can call, looked up when one comes.
struct FaultHandler {
    axiom::ProcessId holder{};
    abi::Handle endpoint{};

    explicit operator bool() const { return bool(endpoint); }
};

/// What an envelope begins with, as it lies in memory.
struct Terms {
    static constexpr auto never = ~std::uint64_t{0}; ///< As a deadline.

    MessageWords words{};
    std::uint64_t deadline = never;
    base::VirtualAddress data{};
    base::VirtualAddress room{};
    std::uint32_t room_size = 0;
    std::uint32_t accepted = 0;
};

static_assert(sizeof(Terms) == offsetof(abi::Envelope, received));

/// A message on its way, and what its receiver makes room for.
struct Exchange : Terms {
    std::uint32_t bytes = 0;
    std::uint32_t capabilities = 0;
    bool immediate = false;    ///< Fails instead of waiting.
    bool wants_reply = false;  ///< It is a call.
    bool may_transfer = false; ///< Of a receiver: whether its replies may bring capabilities.
    std::uint64_t badge = 0;
    abi::Handle through{};           ///< What was used, and must still be held when somebody receives,
    axiom::ProcessId holder{};       ///< by whom.
    base::VirtualAddress envelope{}; ///< None, or where `received` is written.
    std::array<abi::Sent, abi::most_transferred> sent{};

    /// Becomes one of words alone, which the running thread says.
    void begin(const MessageWords& said, bool is_call) {
        static_cast<Terms&>(*this) = {.words = said};
        bytes = capabilities = 0;
        immediate = false;
        wants_reply = is_call;
    }

    void go_through(axiom::ProcessId of, abi::Handle handle, std::uint64_t with_badge) {
        holder = of;
        through = handle;
        badge = with_badge;
    }
};

enum class Stage : std::uint8_t { none, sending, receiving, calling };

/// What is done when a party's wait has ended: parts it from whomever it has waited for.
void on_wait_ended(schedule::Thread& thread);

class Party : public schedule::Thread,
              public base::ListNode<class Kept>,
              public base::ListNode<class Working>,
              public base::ListNode<class Reconsidered> {
public:
    /// What becomes of a fault that was told to a handler: called once, before the thread goes on, with the
    /// reply, or with null when there will be none.
    using FaultAnswered = void (*)(Party& party, const MessageWords* answer);

    Party(Domain& of, const hal::UserContext& begin, memory::AddressSpace& in, std::uint8_t at_priority,
          Left when_left)
        : Thread(begin, in, at_priority, when_left), domain(of) {
        on_wait_ended = ipc::on_wait_ended;
    }

    Domain& domain;
    Stage stage = Stage::none;
    Exchange exchange;
    Endpoint* endpoint = nullptr;         ///< While sending or receiving: in whose line.
    Party* answerer = nullptr;            ///< While calling: whose `caller` this is. Null when it was kept.
    bool reply_may_transfer = false;      ///< While calling: whether capabilities may come with the reply.
    std::uint64_t token = 0;              ///< While calling, and kept: the name of the reply.
    Party* caller = nullptr;              ///< Whose call this thread has received and not answered.
    Endpoint* works_for = nullptr;        ///< Through which that came: its waiting senders lend priority.
    Notification* notification = nullptr; ///< Bound: taken by receive, too.
    FaultHandler fault_handler;
    FaultAnswered fault_answered = nullptr; ///< While it waits for that.
};

} // namespace ipc
