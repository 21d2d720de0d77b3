// What the cases say to each other.
#pragma once

#include "user/lib/companion.h"
#include "user/lib/message.h"
#include "user/lib/time.h"

namespace test {

using namespace trivium;

inline constexpr MessageInformation immediate{MessageInformation::immediate};
inline constexpr MessageWords some_words{11, 22, 33, 44};
inline constexpr std::uint64_t first_cpu = 1 << 0, second_cpu = 1 << 1;

inline Handle make_endpoint() { return must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint"); }

inline Handle make_notification() {
    return must(call::create(abi::ObjectType::notification, 0), "make a notification");
}

inline Handle with_badge(Handle endpoint, std::uint64_t badge, Rights rights = right::all) {
    return must(call::derive(endpoint, rights, badge), "derive a capability with a badge");
}

inline Handle with_rights(Handle handle, Rights rights) {
    return must(call::derive(handle, rights), "derive a capability with fewer rights");
}

inline std::uint64_t in(Nanoseconds time) { return (now() + time).value; }

/// An envelope for whoever waits no longer than until then.
inline Envelope until(std::uint64_t deadline) {
    Envelope envelope;
    envelope.deadline = deadline;
    return envelope;
}

/// An envelope with room for capabilities.
inline Envelope accepting(std::uint32_t capabilities) {
    Envelope envelope;
    envelope.accepted = capabilities;
    return envelope;
}

} // namespace test
