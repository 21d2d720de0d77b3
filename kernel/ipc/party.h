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

/// A message on its way, and what its receiver makes room for.
struct Exchange {
    MessageWords words{};
    std::uint32_t bytes = 0;
    std::uint32_t capabilities = 0;
    bool immediate = false;    ///< Fails instead of waiting.
    bool wants_reply = false;  ///< It is a call.
    bool may_transfer = false; ///< Of a receiver: whether its replies may bring capabilities.
    std::uint64_t badge = 0;
    abi::Handle through{};     ///< What was used, and must still be held when somebody receives,
    axiom::ProcessId holder{}; ///< by whom.
    std::optional<base::Nanoseconds> deadline{};
    base::VirtualAddress envelope{}; ///< None, or where `received` is written.
    base::VirtualAddress data{};
    base::VirtualAddress room{};
    std::uint32_t room_size = 0;
    std::uint32_t accepted = 0;
    std::array<abi::Sent, abi::most_transferred> sent{};
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
