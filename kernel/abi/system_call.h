// The system calls: one table, from which the kernel's dispatch, the programs' stubs and docs/syscalls.md
// come.
//
// A call takes its number and up to six words; it gives back a status (0, or an Error) and up to two words.
// Handles travel as to_word() makes them, addresses and lengths as they are, times as nanoseconds since boot.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace abi {

enum class SystemCall : std::uint64_t {
    exit = 0,
    read = 1,
    write = 2,
    open = 3,
    close = 4,
    create = 5,
    destroy = 6,
    spawn = 7,
    wait = 8,
    kill = 9,
    yield = 10,
    sleep = 11,
    time = 12,
    map = 13,
    unmap = 14,
    protect = 15,
    thread_start = 16,
    thread_exit = 17,
    thread_join = 18,
    suspend = 19,
    resume = 20,
    set_priority = 21,
    set_affinity = 22,
    inspect = 23,
    null = 24,
    derive = 25,
    move = 26,
    revoke = 27,
    identify = 28,
    send = 29,
    receive = 30,
    call = 31,
    reply = 32,
    reply_receive = 33,
    keep_reply = 34,
    signal = 35,
    bind = 36,
    set_timer = 37,
    acknowledge = 38,
    cancel = 39,
    set_fault_handler = 40,
    share = 41,
    reset = 42,
};

inline constexpr std::size_t system_call_count = 43;

struct SystemCallDescription {
    SystemCall number{};
    std::string_view name;
    std::string_view takes;   ///< Its arguments, in order.
    std::string_view gives;   ///< The words behind the status.
    std::string_view demands; ///< Which capability, with which rights.
    std::string_view meaning;
};

inline constexpr std::array<SystemCallDescription, system_call_count> system_calls{{
    {SystemCall::exit, "exit", "code", "", "", "Ends the process with all its threads and children."},
    {SystemCall::read, "read", "handle, address, length, offset", "bytes read", "read",
     "Reads from a console (waits for at least one character), memory (from the offset on), random, null "
     "(0 bytes), or a device: the register at the offset, as wide as the length."},
    {SystemCall::write, "write", "handle, address, length, offset", "bytes written", "write",
     "Writes to a console, memory (from the offset on; read-only memory refuses), null, or a device: the "
     "register "
     "at the offset, as wide as the length."},
    {SystemCall::open, "open", "address of a name, its length", "handle", "",
     "A new handle for the object that the process was given under that name."},
    {SystemCall::close, "close", "handle", "", "",
     "Gives the capability back. The last one of an object ends the object."},
    {SystemCall::create, "create", "object type, size", "handle", "",
     "Makes an object: memory of that many bytes, zeroed, an endpoint, a notification, or a null object. It "
     "ends "
     "with this process at the latest."},
    {SystemCall::destroy, "destroy", "handle", "", "manage",
     "Ends an object now, whoever else holds capabilities for it: memory is unmapped everywhere, a process "
     "is killed."},
    {SystemCall::spawn, "spawn", "address of a SpawnRequest", "handle, process id",
     "read and execute of the image; grant of each handle", "Starts a program as a child of this process."},
    {SystemCall::wait, "wait", "handle, deadline", "ending, exit code", "read",
     "Waits until a process or thread has ended; or takes the signals of a notification, as soon as there "
     "are "
     "any: the first word is its bits."},
    {SystemCall::kill, "kill", "handle, code", "", "write", "Ends a process or thread."},
    {SystemCall::yield, "yield", "", "", "", "Lets the next ready thread of the same priority run."},
    {SystemCall::sleep, "sleep", "deadline", "", "", "Waits until that time."},
    {SystemCall::time, "time", "", "nanoseconds since boot", "", "Tells the time."},
    {SystemCall::map, "map", "address or 0, size, rights, memory handle or 0, offset", "address",
     "as the mapping's rights",
     "Maps memory, or fresh zeroed pages on demand, at the address or where there is room."},
    {SystemCall::unmap, "unmap", "address, size", "", "",
     "Ends the mapping of whole pages; holes are allowed."},
    {SystemCall::protect, "protect", "address, size, rights", "", "",
     "Changes what may be done with mapped pages; never both write and execute."},
    {SystemCall::thread_start, "thread_start", "entry, stack, argument, priority", "handle", "",
     "Starts a further thread of this process, at a priority not above the caller's."},
    {SystemCall::thread_exit, "thread_exit", "code", "", "",
     "Ends the calling thread; with the last one the process ends."},
    {SystemCall::thread_join, "thread_join", "handle, deadline", "ending, exit code", "read",
     "Waits until a thread has ended."},
    {SystemCall::suspend, "suspend", "handle", "", "write",
     "Stops a thread until it is resumed, wherever it is."},
    {SystemCall::resume, "resume", "handle", "", "write", "Lets a suspended thread go on."},
    {SystemCall::set_priority, "set_priority", "handle, priority", "", "manage",
     "Of a thread, or of all of a process's; not above the caller's own. Acts at once."},
    {SystemCall::set_affinity, "set_affinity", "handle, CPU bits", "", "manage",
     "On which CPUs a thread, or a process's threads, may run."},
    {SystemCall::inspect, "inspect", "handle, topic, address, length, offset", "bytes written",
     "read of the system object",
     "Tells what the kernel knows of itself: see kernel/abi/inspect.h. Offset skips what was read before."},
    {SystemCall::null, "null", "", "", "", "Does nothing: for measuring."},
    {SystemCall::derive, "derive", "handle, rights, badge, slot", "handle", "",
     "A new capability for the same object, derived from this one: with a part of its rights and, if it has "
     "none yet, a badge; in a free slot of that number, or with 2^32 - 1 in any."},
    {SystemCall::move, "move", "handle, slot", "handle", "",
     "Moves a capability to another slot; what was derived from it stays so."},
    {SystemCall::revoke, "revoke", "handle", "", "",
     "Deletes all capabilities that were derived from this one, in all processes."},
    {SystemCall::identify, "identify", "handle", "type and rights, badge", "",
     "Tells what a handle stands for: the type in the low 16 bits, the rights above."},
    {SystemCall::send, "send", "endpoint, information, word, word, word, word", "", "write",
     "Gives a message to whoever receives from the endpoint; waits for one."},
    {SystemCall::receive, "receive", "endpoint, information, envelope",
     "information, badge, word, word, word, word", "read",
     "Takes a message from an endpoint; waits for one, or for the thread's notification. A call that the "
     "thread has not replied to fails."},
    {SystemCall::call, "call", "endpoint, information, word, word, word, word",
     "information, badge, word, word, word, word", "write, and call or transfer",
     "Sends a message and waits for the reply."},
    {SystemCall::reply, "reply", "kept reply or 0, information, word, word, word, word", "", "",
     "Answers the call that this thread received last, or one whose reply it has kept."},
    {SystemCall::reply_receive, "reply_receive", "endpoint, information, word, word, word, word",
     "information, badge, word, word, word, word", "read",
     "Answers the call that this thread received last, if it still has to, and receives the next message."},
    {SystemCall::keep_reply, "keep_reply", "", "kept reply", "",
     "Keeps the right to answer the call that was received last, for later: any thread of the process may."},
    {SystemCall::signal, "signal", "handle", "", "write",
     "Sets the bits of the capability's badge in a notification (bit 0 if it has none), and wakes who "
     "waits."},
    {SystemCall::bind, "bind", "notification, handle", "", "manage, and of the other manage",
     "Lets a notification be signalled by an interrupt, or lets a thread that receives take it as well; the "
     "badge says which bits an interrupt sets."},
    {SystemCall::set_timer, "set_timer", "notification, deadline", "", "manage",
     "Has the notification signalled at that time, once; another call replaces it."},
    {SystemCall::acknowledge, "acknowledge", "interrupt", "", "read",
     "The device has been served: its interrupt may come again."},
    {SystemCall::cancel, "cancel", "handle", "", "manage",
     "Ends what a thread waits for, or the waits of all who send to an endpoint with this badge, with an "
     "error that says so."},
    {SystemCall::set_fault_handler, "set_fault_handler", "thread or process, endpoint or 0", "", "manage",
     "From now on faults are calls to that endpoint, whose reply says how the thread goes on."},
    {SystemCall::share, "share", "device, memory, offset", "address on the bus",
     "manage, and of the memory read and write",
     "Lets a device reach a page of memory, and tells what the device is to be told of it: the memory stays "
     "until the "
     "device is reset, whatever becomes of its processes."},
    {SystemCall::reset, "reset", "device", "", "manage",
     "Stops a device, then lets go of all memory that was shared with it."},
}};

} // namespace abi
