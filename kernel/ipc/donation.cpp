// Working out who lends whom.
#include "kernel/ipc/donation.h"

#include <algorithm>

#include "kernel/ipc/endpoint.h"
#include "kernel/schedule/scheduler.h"

namespace ipc {
namespace {

/// Whose turn it is to be looked at, in the order in which they were noticed. A chain of calls may be as long
/// as there are threads: so it is walked by a list, not by recursion. Who is in it already is not added
/// again.
using Noticed = base::List<Party, class Reconsidered>;

void notice(Noticed& noticed, Party& party) {
    if (!static_cast<base::ListNode<class Reconsidered>&>(party).is_linked()) noticed.push_back(party);
}

std::uint8_t deserved(const Party& party) {
    if (!party.caller) return party.own_priority; // Who owes no reply works for nobody.
    // [lab 13: lend priority]
    int priority = std::max(party.own_priority, party.caller->priority);
    if (party.works_for) priority = std::max(priority, party.works_for->lent_priority());
    return static_cast<std::uint8_t>(priority);
    // [/lab]
}

/// Those whose priority hangs on that of `party`.
void notice_lenders_of(Noticed& noticed, Party& party) {
    // [lab 13: lend priority]
    if (party.answerer) notice(noticed, *party.answerer);
    if (party.stage == Stage::sending)
        for (Party& worker : party.endpoint->workers) notice(noticed, worker);
    // [/lab]
}

/// A priority only ever follows others in one direction within one change, so that this comes to an end even
/// for threads that wait for each other in a circle.
void settle(Noticed& noticed) {
    while (Party* const party = noticed.pop_front()) {
        const std::uint8_t priority = deserved(*party);
        if (priority == party->priority) continue;
        // [lab 13: lend priority]
        schedule::set_priority(*party, priority);
        notice_lenders_of(noticed, *party);
        // [/lab]
    }
}

} // namespace

void reconsider(Party& party) {
    Noticed noticed;
    notice(noticed, party);
    settle(noticed);
}

void reconsider(base::List<Party, class Working>& workers) {
    Noticed noticed;
    for (Party& worker : workers) notice(noticed, worker);
    settle(noticed);
}

} // namespace ipc
