// Processes and threads as live objects: what stands beside their records in State.
//
//     State        who there is, whose child, running or zombie, which capabilities       changed by commits
//     only Process      its address space, threads, waiters                                    follows the
//     commits
//
//     create_process ──> running ──exit_process──> zombie ──> its table is cleared ──> its threads have left
//     their CPUs: the space is freed ──> its last capability is gone: reap_process
//
// - A process ends with all its threads, and all its children with it.
// - Whoever holds a capability for it can still ask how it ended, until that capability is gone.
//
// The kernel lock must be held for everything here.
#pragma once

#include <cstdint>
#include <expected>

#include "kernel/axiom/commit.h"
#include "kernel/ipc/party.h"
#include "kernel/memory/address_space.h"
#include "kernel/object/memory.h"
#include "kernel/object/object.h"
#include "kernel/process/image.h"
#include "kernel/schedule/gate.h"

namespace process {

using abi::Ending;
using abi::Error;

class Process;

/// How something came to its end, for those who wait for it.
struct End {
    Ending ending = Ending::running;
    std::int64_t code = 0;
};

class Thread final : public object::Object, public ipc::Party, public base::ListNode<class InProcess> {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::thread;

    Thread(Process& of, const hal::UserContext& begin, std::uint8_t priority);
    ~Thread();

    Process& process;
    std::uint32_t number; ///< In its process, from 0.
    End end;
    schedule::WaitQueue waiters;

    /// A fault without a reason: see fault.cpp.
    struct Excuse {
        base::VirtualAddress program_counter{};
        base::VirtualAddress address{};
        constexpr bool operator==(const Excuse&) const = default;
    };

    Excuse excused;
    std::uint32_t excuses = 0; ///< How often that fault came, one after the other.
};

using InProcessList = base::List<Thread, class InProcess>;

class Process final : public object::Object, public ipc::Domain, public base::ListNode<class Siblings> {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::process;

    /// A process without threads, not yet in State. Takes over a reference to `account` and the space.
    /// `of_parent` is null for init alone.
    Process(std::string_view called, memory::Account& of, memory::AddressSpace& in, Process* of_parent);
    ~Process();

    bool has_ended() const { return end.ending != Ending::running; }

    /// Keeps the file that it was made from, for its symbols.
    void keep_image(const Image& made_from);

    axiom::Name name;
    memory::Account& account;
    memory::AddressSpace* space; ///< Null once its last thread has left.
    Process* parent; ///< Null for init, and for whoever's parent has ended before its own threads had left.
    const bool is_init;
    std::uint8_t priority = abi::default_priority; ///< What its threads may not exceed by themselves.
    std::uint32_t next_thread = 0;
    End end;
    InProcessList threads; ///< Those that have not ended, or have not left their CPU.
    base::List<Process, class Siblings> children;
    schedule::WaitQueue waiters;
    axiom::Quota quota;
    Image image;
    base::List<object::Object, class object::Made> made; ///< What ends with it: see loan.h.
};

/// Registers the types; once, at boot.
void initialize();

/// The thread that runs on this CPU, and its process.
inline Thread& current_thread() { return static_cast<Thread&>(*schedule::current()); }

inline Process& current() { return current_thread().process; }

/// Adds a thread to State and to its process, without starting it: a capability with all rights is in the
/// process's own table. Errors are axiom's; the thread is not freed by them.
std::expected<abi::Handle, Error> add_thread(Thread& thread);

/// Ends a process that has not ended: its threads, its children, its capabilities.
void end(Process& process, Ending ending, std::int64_t code);

/// Ends one thread; with the last one its process ends, with the same code.
void end(Thread& thread, Ending ending, std::int64_t code);

/// Makes room for one more capability in a process's table, if its quota allows. Error::limit_reached.
std::expected<void, Error> make_room(const Process& process);

/// Calls `visit(process)` for each live process, in the order of their ids.
void for_each(void (*visit)(void* context, Process& process), void* context);

using InitHandler = void (*)(const Process& init);
/// What is called when init has ended and left nothing behind.
void set_init_handler(InitHandler handler);

} // namespace process
