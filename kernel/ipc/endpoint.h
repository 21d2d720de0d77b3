// Endpoints: where messages change hands. An endpoint holds no messages, only who waits.
//
//     send, call ──>  | senders wait, or receivers do: never both |  <── receive
//
// - Those who wait stand by priority, and within one in the order in which they came.
// - What does not fit a receiver (bytes, capabilities, room in its table) fails its sender; the receiver goes
//   on waiting. A sender who has lost the capability that it used fails when its turn comes.
// - While a thread works on a call it has the priority of its caller, and of whoever waits at the endpoint:
//   see donation.h.
#pragma once

#include "kernel/ipc/party.h"
#include "kernel/object/object.h"
#include "kernel/schedule/wait_line.h"

namespace ipc {

class Endpoint final : public object::Object {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::endpoint;

    Endpoint() : Object(object_type) {}

    static void register_type();

    /// The running thread sends what its exchange says to whoever receives here. Afterwards it has its
    /// answer, or waits.
    void send(Party& sender);

    /// The running thread takes a message, or the bits of its notification; or waits for one. A call that it
    /// has not answered fails.
    void receive(Party& receiver);

    /// Fails those who wait to send with that badge, or with badge 0 all of them: a bounded number, so that
    /// it is to be called again until nothing is left, which true says.
    bool cancel(std::uint64_t badge);

    /// The most urgent of those who wait in that stage, or null.
    Party* first(Stage stage) const {
        auto* const party = static_cast<Party*>(waiting.first());
        return party && party->stage == stage ? party : nullptr;
    }

    /// The priority that is lent to those who work for this endpoint; -1 when nobody waits to send.
    int lent_priority() const;

    schedule::WaitLine waiting;               ///< Senders, or receivers.
    base::List<Party, class Working> workers; ///< Who has a call from here to answer.

private:
    static void on_end(object::Object& object);
    void park(Party& party, Stage stage);
};

/// Ends a wait for a message or for a reply with an error. False when `party` is in none.
bool fail(Party& party, Error error);

} // namespace ipc
