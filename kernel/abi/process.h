// What spawn() takes, how a process ends, and what inspect() tells of processes and threads.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/abi/handle.h"
#include "kernel/abi/object.h"

namespace abi {

/// Where programs lie and run. Nothing is ever mapped below `lowest_address`: null pointers fault.
inline constexpr std::uint64_t lowest_address = 0x1'0000;
inline constexpr std::uint64_t highest_address = (std::uint64_t{1} << 38) - 0x1'0000; ///< Exclusive.

/// Priorities: a thread runs only while none of a higher one could run on its CPU.
inline constexpr std::uint8_t lowest_priority = 0;
inline constexpr std::uint8_t default_priority = 16;
inline constexpr std::uint8_t highest_priority = 31;

inline constexpr std::size_t name_length = 32;      ///< Of a process or a named object.
inline constexpr std::size_t argument_bytes = 4096; ///< Arguments and environment together, at most.
inline constexpr std::size_t most_granted = 32;     ///< Handles that one spawn() hands over, at most.

/// How a process or thread came to its end.
enum class Ending : std::uint8_t {
    running = 0, ///< It has not.
    exited,      ///< By itself, with its code.
    killed,      ///< By somebody who was allowed to.
    faulted,     ///< By an exception that nobody handles.
    orphaned,    ///< With its parent.
};

constexpr std::string_view name(Ending ending) {
    switch (ending) {
    case Ending::running: return "running";
    case Ending::exited: return "exited";
    case Ending::killed: return "killed";
    case Ending::faulted: return "faulted";
    case Ending::orphaned: return "orphaned";
    }
    return "?";
}

/// A capability that spawn() copies into the new process's table, behind the standard ones or as one of them.
/// Standard handles that are not given are the spawner's own, as far as it has the right to grant them.
struct Grant {
    Handle handle{};                 ///< Of the spawner's; must have the right to grant.
    Rights rights{};                 ///< What of its rights the child gets.
    std::uint16_t standard = 0xffff; ///< The slot of a standard handle (1-3), or 0xffff for a further one.
    std::uint32_t reserved = 0;
    std::array<char, name_length>
        name{}; ///< Under which the child may open() it; empty for a standard handle.
};

static_assert(sizeof(Grant) == 48);

/// All that spawn() takes, in the caller's memory.
struct SpawnRequest {
    Handle image{};                       ///< Memory that holds an ELF file; needs read and execute.
    std::uint64_t image_offset = 0;       ///< Of the file in it; a multiple of the page size.
    std::uint64_t image_size = 0;         ///< Of the file, in bytes.
    std::array<char, name_length> name{}; ///< For people.
    std::uint64_t arguments = 0;          ///< Address of the arguments, each ended by a zero byte.
    std::uint32_t arguments_size = 0;     ///< In bytes, zeros included.
    std::uint32_t argument_count = 0;
    std::uint64_t environment = 0; ///< The same for NAME=value.
    std::uint32_t environment_size = 0;
    std::uint32_t environment_count = 0;
    std::uint64_t grants = 0; ///< Address of an array of Grant.
    std::uint32_t grant_count = 0;
    std::uint8_t priority = default_priority; ///< Not above the caller's own.
    std::array<std::uint8_t, 3> reserved{};
    std::uint64_t memory_limit = 0;  ///< In bytes, of frames; 0 for the spawner's own limit.
    std::uint32_t handle_limit = 0;  ///< Slots of its table; 0 for the spawner's own limit.
    std::uint32_t process_limit = 0; ///< Descendants alive at a time; 0 for the spawner's own limit.
};

static_assert(sizeof(SpawnRequest) == 120);

/// What the kernel puts at the top of a new process's stack, and hands to its entry point the address of.
struct StartInfo {
    std::uint32_t argument_count = 0;
    std::uint32_t environment_count = 0;
    std::uint64_t arguments = 0;   ///< Address of the first one; each is ended by a zero byte.
    std::uint64_t environment = 0; ///< The same.
    std::uint64_t heap_start = 0;  ///< The first page behind the program's segments and a guard page.
};

} // namespace abi
