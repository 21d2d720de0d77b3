// The name service: which services there are, and a capability for each client to call one. init is it.
//
//     look_up   a name in the bytes; word 1: a badge, or 0     a capability to call the service
//     offer     a name in the bytes, and an endpoint
//     list      word 1: which, from 0 on                       a ServiceRecord in the bytes
//     start, stop, restart   a name in the bytes
//
// What a client may ask stands in the badge of its capability for "names", where it cannot change it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "user/lib/handle.h"
#include "user/lib/service.h"

namespace trivium {

enum class NameRequest : std::uint64_t { look_up = 1, offer, list, start, stop, restart };

/// Bits of the badge.
namespace name_permission {
inline constexpr std::uint64_t look_up = 1; ///< And list.
inline constexpr std::uint64_t offer = 2;
inline constexpr std::uint64_t manage = 4; ///< Start, stop, restart.
inline constexpr std::uint64_t choose = 8; ///< Look up with a badge: so as the client wants to be known.
} // namespace name_permission

enum class ServiceState : std::uint32_t {
    idle, ///< Started when somebody asks for it.
    running,
    resting, ///< It has ended too soon, and is started again in a moment.
    stopped, ///< By somebody, or after it has failed again and again.
    offered, ///< By a process that init does not know.
};

struct ServiceRecord {
    std::array<char, abi::name_length> name{};
    ServiceState state{};
    std::uint32_t process = 0; ///< While it runs.
    std::uint32_t starts = 0;  ///< How often it was started.
    std::uint32_t is_essential = 0;
};

static_assert(sizeof(ServiceRecord) == 48);

/// A capability to call the service of that name, with a badge that no other client has, or the one that is
/// wanted. Error::not_found: there is none, or this process was not given "names"; Error::not_permitted.
Result<Owned> look_up(std::string_view name, std::uint64_t badge = 0);

/// Offers a service, whose `endpoint` must have the right to grant, until that is destroyed.
/// Error::occupied: the name is taken; others as above.
Result<void> offer(std::string_view name, Handle endpoint);

/// The record of that index. Error::not_found behind the last one.
Result<ServiceRecord> service_record(std::uint64_t index);

/// Starts, stops or restarts a service. Error::not_found; Error::not_permitted: it is essential, or this
/// process may not; others as of spawn().
Result<void> control_service(NameRequest request, std::string_view name);

} // namespace trivium
