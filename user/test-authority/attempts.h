// One attempt for each system call that demands a capability, and a reason for each that does not.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "user/lib/calls.h"
#include "user/lib/process.h"
#include "user/lib/thread.h"

namespace authority {

using trivium::Handle, trivium::Result, trivium::Rights;

/// A call through a handle, all of whose other arguments are as they should be.
struct Attempt {
    abi::SystemCall call{};
    abi::ObjectType type{};           ///< On what it works; none: on nothing that a program has.
    std::array<Rights, 2> demanded{}; ///< Each of which must be there.
    Result<void> (*make)(Handle handle) = nullptr;
};

/// None for a call that demands nothing; several where it works on several things.
std::span<const Attempt> attempts_of(abi::SystemCall call);

/// Why it demands nothing; empty for others.
std::string_view reason_for_none(abi::SystemCall call);

/// An object of each type that a program can have, with all rights that there are.
class Objects {
public:
    static Result<Objects> make();

    Handle of(abi::ObjectType type) const { return handles_[static_cast<std::size_t>(type)]; }

private:
    std::array<Handle, 16> handles_{};
};

} // namespace authority
