// What inspect() tells: records of fixed size, the same on all machines, and plain text.
#pragma once

#include <array>
#include <cstdint>

#include "kernel/abi/process.h"

namespace abi {

enum class Topic : std::uint32_t {
    threads = 0,  ///< ThreadRecord for each, by process and number
    memory,       ///< one MemoryRecord
    cpus,         ///< CpuRecord for each that has come up
    devices,      ///< text
    log,          ///< text: what the kernel has logged
    state,        ///< one StateRecord
    capabilities, ///< CapabilityRecord for each, by process and slot; offset is a position(), not bytes
};

enum class ThreadState : std::uint8_t { ready, running, waiting, sleeping, suspended, ended };

struct ThreadRecord {
    std::uint32_t process = 0;
    std::uint32_t parent = 0;
    std::uint32_t number = 0;   ///< Of the thread in its process, from 0.
    std::uint32_t cpu = 0;      ///< Where it runs or last ran.
    std::uint32_t affinity = 0; ///< A bit for each CPU that it may run on.
    std::uint8_t priority = 0;
    ThreadState state = ThreadState::ready;
    std::array<std::uint8_t, 2> reserved{};
    std::uint64_t run_nanoseconds = 0;
    std::uint64_t switches = 0; ///< How often it was chosen to run.
    std::uint64_t frames = 0;   ///< Of its process.
    std::array<char, name_length> name{};
};

static_assert(sizeof(ThreadRecord) == 80);

struct MemoryRecord {
    std::uint64_t total_frames = 0;
    std::uint64_t free_frames = 0;
    std::uint64_t page_table_frames = 0;
    std::uint64_t heap_objects = 0; ///< In use: what must be as before after processes have come and gone.
    std::uint64_t heap_frames = 0;
};

struct CpuRecord {
    std::uint32_t index = 0;
    std::uint32_t reserved = 0;
    std::uint64_t idle_nanoseconds = 0;
    std::uint64_t busy_nanoseconds = 0;
    std::uint64_t timer_interrupts = 0;
};

struct StateRecord {
    std::uint64_t commits = 0; ///< Since genesis.
    std::uint64_t digest = 0;  ///< Of State, as replaying the log must give it.
    std::uint32_t processes = 0;
    std::uint32_t objects = 0;
    std::uint32_t capabilities = 0;
    std::uint32_t epoch = 0;
};

/// A capability of some process's.
struct CapabilityRecord {
    std::uint32_t process = 0;
    Handle handle{};
    ObjectType type{};
    Rights rights{};
    std::uint64_t object = 0; ///< The same for all capabilities of one object, and for ever.
    std::uint64_t badge = 0;
    std::uint32_t source_process = 0; ///< Who holds what it was derived from; 0 when that is nothing.
    std::uint32_t source_slot = 0;
    std::array<char, name_length> name{}; ///< By which its holder can open it, if it has one.
};

static_assert(sizeof(CapabilityRecord) == 72);

/// Topic::capabilities gives whole records from a position on, at most as many as fit: so that nothing is
/// told twice, or cut, because others come and go meanwhile. 0 is the first.
constexpr std::uint64_t position(std::uint32_t process, std::uint32_t slot) {
    return std::uint64_t{process} << 32 | slot;
}

constexpr std::uint64_t position_behind(const CapabilityRecord& record) {
    return position(record.process, record.handle.slot) + 1;
}

} // namespace abi
