// What a process hands on to its children: capabilities under the names by which they open() them.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "user/lib/handle.h"
#include "user/lib/manifest.h"
#include "user/lib/process.h"

namespace trivium {

/// Grants for SpawnOptions, and the handles that they speak of: to be kept until the spawn is done.
class GrantList {
public:
    static constexpr std::size_t limit = 20;

    /// What this process has itself of "null", "random", "system" to inspect, "initrd" to read and to spawn
    /// from, and "names" to look services up, as far as it may hand it on: for children of the same kind.
    static GrantList usual();

    /// Adds what this process has under that name, with `rights`, which must be a part of its own. Error of
    /// open(), or Error::limit_reached.
    Result<void> add_named(std::string_view name, Rights rights);

    /// Adds a capability of this process's under a name. Error::limit_reached.
    Result<void> add(std::string_view name, Handle handle, Rights rights);

    /// Adds what this process has under that name in the place of a standard handle. Errors as above.
    Result<void> add_standard(Handle place, std::string_view name, Rights rights);

    /// Adds a capability of its own, by name or in the place of standard handles, as a manifest says.
    /// Error::limit_reached.
    Result<void> add_need(const Need& need, Owned capability);

    std::span<const abi::Grant> view() const { return {grants_.data(), count_}; }

private:
    Result<Handle> keep_opened(std::string_view name);

    std::array<Owned, limit> handles_{};
    std::array<abi::Grant, limit> grants_{};
    std::size_t count_ = 0;
};

} // namespace trivium
