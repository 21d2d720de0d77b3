// A machine on which init runs, from an initrd that holds one small program; whatever the processes do is
// done in their name.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string_view>

#include "kernel/abi/process.h"
#include "kernel/memory/user_buffer.h"
#include "kernel/object/table.h"
#include "kernel/process/process.h"
#include "test/host/fake_machine.h"

namespace fake {

/// What must be as before once processes have come and gone.
struct Balance {
    std::uint64_t free_frames = 0;
    std::size_t heap_bytes = 0;
    std::uint32_t processes = 0, objects = 0, capabilities = 0;

    static Balance now();
    bool operator==(const Balance&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Balance& balance);

class Programs {
public:
    static constexpr std::uint64_t program_offset = base::page_size; ///< Of the one file in the initrd.

    /// Init runs, its stack touched; all other CPUs idle.
    explicit Programs(std::uint32_t cpus);
    /// Ends init and all that it has started: then all frames must be back.
    ~Programs();

    process::Process& init() const;

    /// A process's system call; its first thread must run. Then everything happens that follows.
    Answer call(process::Process& caller, abi::SystemCall number,
                std::initializer_list<std::uint64_t> arguments = {});
    Answer call(process::Thread& caller, abi::SystemCall number,
                std::initializer_list<std::uint64_t> arguments = {});

    /// What a process's spawn() takes for a child; the program is handed on to it.
    abi::SpawnRequest request(process::Process& parent);

    /// Spawns as that process, with what the request says; the answer as the caller sees it.
    Answer spawn(process::Process& parent, const abi::SpawnRequest& request);

    /// The same where it must succeed; the child.
    process::Process& child(process::Process& parent);

    /// The process behind a handle of another.
    static process::Process& behind(const process::Process& holder, std::uint64_t handle);

    /// Copies bytes into a page of the process's stack, and gives their address.
    std::uint64_t put(process::Process& process, std::span<const std::byte> bytes, unsigned page = 0);

    /// A handle that the process was given under a name.
    std::uint64_t open(process::Process& process, std::string_view name);

    /// In the kernel, on the boot CPU; then everything happens that follows.
    void act(const std::function<void()>& what);

    Machine& machine() { return machine_; }

private:
    Machine machine_;
    std::uint64_t free_before_;
    memory::FrameSet* initrd_ = nullptr;
};

/// The first thread of a process.
process::Thread& first_thread(process::Process& process);

} // namespace fake
