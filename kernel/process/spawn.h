// Making a process: its address space from an ELF file, its first stack, its record in State, its first
// thread.
#pragma once

#include <expected>
#include <span>

#include "kernel/process/image.h"
#include "kernel/process/process.h"

namespace process {

/// What a new process is made of.
struct SpawnPlan {
    std::string_view name;
    Image image{};
    std::span<const std::byte> arguments; ///< Each ended by a zero byte.
    std::uint32_t argument_count = 0;
    std::span<const std::byte> environment; ///< The same.
    std::uint32_t environment_count = 0;
    std::uint8_t priority = abi::default_priority;
    std::uint64_t memory_limit = 0; ///< In frames.
    axiom::Quota quota{};
};

struct Spawned {
    Process* process = nullptr;
    abi::Handle handle{}; ///< In the parent's table.
};

/// Makes a process that is whole but for its grants, and does not run yet: let_go() starts it, end() undoes
/// it. `parent` is null for init. What is wrong with the image is logged. Errors: those of parse_elf, and
/// Error::out_of_memory, Error::limit_reached.
std::expected<Spawned, Error> spawn(Process* parent, const SpawnPlan& plan);

/// Gives a process a capability of its parent's, in the slot of a standard handle or behind, and binds a name
/// to it unless that is empty.
std::expected<void, Error> grant(Process& to, axiom::ProcessId from, abi::Handle handle, abi::Rights rights,
                                 std::uint32_t slot, std::string_view name);

/// Starts the first thread.
void let_go(Process& process);

} // namespace process
