// From one thread's registers, memory and table to another's.
#include "kernel/ipc/transfer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernel/memory/user_buffer.h"
#include "kernel/object/table.h"

namespace ipc {
namespace {

using Moved = std::expected<void, Refusal>;

Moved senders(Error error) { return std::unexpected(Refusal{error, false}); }

Moved receivers(Error error) { return std::unexpected(Refusal{error, true}); }

/// How many bytes from an address on lie in its page.
std::uint64_t left_in_page(base::VirtualAddress at) { return base::page_size - at.value % base::page_size; }

Moved copy_bytes(const Party& from, const Party& to) {
    const std::uint64_t size = from.exchange.bytes;
    for (std::uint64_t done = 0; done < size;) {
        const base::VirtualAddress source = from.exchange.data + done, target = to.exchange.room + done;
        std::byte *read, *written;
        if (const auto reached = from.space.reach(source, memory::Access::read, read); !reached)
            return senders(reached.error());
        if (const auto reached = to.space.reach(target, memory::Access::write, written); !reached)
            return receivers(reached.error());
        const std::uint64_t count = std::min({size - done, left_in_page(source), left_in_page(target)});
        std::memmove(written, read, count);
        done += count;
    }
    return {};
}

base::VirtualAddress place_of_received(const Party& to) {
    return to.exchange.envelope + offsetof(abi::Envelope, received);
}

using Received = std::array<abi::Handle, abi::most_transferred>;

/// Where they are told is written to beforehand: what can fail has not failed then.
Moved move_capabilities(const Party& from, const Party& to) {
    const std::uint32_t count = from.exchange.capabilities;
    const auto told = memory::write_value(to.space, place_of_received(to), Received{});
    if (!told) return receivers(told.error());
    if (const auto room = object::make_room(to.domain.pid, count); !room) return senders(room.error());
    std::array<axiom::Given, abi::most_transferred> given{};
    for (std::uint32_t i = 0; i < count; ++i)
        given[i] = {from.exchange.sent[i].handle, from.exchange.sent[i].rights};
    const auto moved = object::commit(
        axiom::transfer_capabilities(from.domain.pid, to.domain.pid, std::span(given).first(count)));
    if (!moved) return senders(moved.error());
    Received received{};
    std::ranges::copy_n(moved->handles.begin(), count, received.begin());
    static_cast<void>(memory::write_value(to.space, place_of_received(to), received));
    return {};
}

} // namespace

void deliver(Party& to, MessageInformation information, std::uint64_t badge, const MessageWords& words) {
    to.context.set_result(0, information.bits, badge);
    for (unsigned i = 0; i < abi::message_words; ++i) to.context.set_value(2 + i, words[i]);
}

Moved transfer(Party& from, Party& to) {
    const Exchange& sent = from.exchange;
    if (sent.bytes > to.exchange.room_size || sent.capabilities > to.exchange.accepted)
        return senders(Error::too_large);
    if (const auto copied = copy_bytes(from, to); !copied) return copied;
    if (sent.capabilities > 0)
        if (const auto moved = move_capabilities(from, to); !moved) return moved;
    if (const auto fault = std::exchange(to.fault_answered, nullptr)) {
        fault(to, &sent.words);
        return {};
    }
    const auto information =
        MessageInformation::of(sent.bytes, sent.capabilities, sent.wants_reply ? MessageInformation::call : 0,
                               from.domain.pid.value);
    deliver(to, information, sent.badge, sent.words);
    return {};
}

} // namespace ipc
