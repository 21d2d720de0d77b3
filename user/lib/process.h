// Other processes: starting a program, waiting for its end, ending it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "kernel/abi/process.h"
#include "user/lib/file.h"
#include "user/lib/handle.h"

namespace trivium {

/// A capability for a child, under a name by which the child opens it.
abi::Grant grant(std::string_view name, Handle handle, Rights rights);
/// A capability in the place of a standard handle, such as abi::standard_input.
abi::Grant grant_standard(Handle place, Handle handle, Rights rights);

/// How a program is started.
struct SpawnOptions {
    std::span<const std::string_view> arguments; ///< The first is the program's name.
    std::span<const std::string_view> environment{};
    std::span<const abi::Grant> grants{};
    std::uint8_t priority = abi::default_priority;
    std::uint64_t memory_limit = 0; ///< In bytes; each limit is the parent's own when it is 0.
    std::uint32_t handle_limit = 0;
    std::uint32_t process_limit = 0;
};

/// A child. That its handle goes does not end it.
class Process {
public:
    /// Starts a program as a child. Error::too_large: too many arguments, or a name too long; others as of
    /// the system call.
    static Result<Process> spawn(const Image& image, const SpawnOptions& options);
    /// The same for a program that is a file of that name. Besides: Error::not_found, Error::not_permitted.
    static Result<Process> spawn(std::string_view name, const SpawnOptions& options);

    std::uint32_t id() const { return id_; }

    Handle handle() const { return handle_.get(); }

    /// Waits until it has ended. Error::timed_out.
    Result<End> wait(std::uint64_t deadline = never) const { return call::wait(handle_.get(), deadline); }

    /// Lets it run on without anybody who could wait for it; its handle stays, and stands for it in the
    /// table.
    void forget() { (void)handle_.release(); }

    /// Ends it with its children.
    Result<void> kill(std::int64_t code) const { return call::kill(handle_.get(), code); }

private:
    Process(Owned handle, std::uint32_t id) : handle_(std::move(handle)), id_(id) {}

    Owned handle_;
    std::uint32_t id_;
};

} // namespace trivium
