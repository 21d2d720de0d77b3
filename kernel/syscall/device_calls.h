// A device's registers, as what read() and write() reach through its capability.
#pragma once

#include "kernel/object/device.h"
#include "kernel/syscall/call.h"

namespace calls {

/// The register at the call's offset, as wide as its length; the bytes that were moved.
std::expected<std::uint64_t, Error> read_register(const Call& call, object::Device& device);
std::expected<std::uint64_t, Error> write_register(const Call& call, object::Device& device);

} // namespace calls
