// Processes that talk through one endpoint, each on a CPU of its own: what tests of messages begin with.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernel/abi/message.h"
#include "kernel/ipc/endpoint.h"
#include "test/host/fake_programs.h"

namespace fake {

/// What a thread's registers hold once a message call of its has come to an end.
struct Heard {
    std::uint64_t status = Answer::none;
    abi::MessageInformation information{};
    std::uint64_t badge = 0;
    abi::MessageWords words{};

    bool succeeded() const { return status == 0; }

    bool is(abi::Error error) const { return status == static_cast<std::uint64_t>(error); }

    bool is_pending() const { return status == Answer::none; }
};

class Talkers {
public:
    /// `count` children of init, and an endpoint that init holds with all rights.
    explicit Talkers(std::uint32_t count);

    /// Gives a child a capability for the endpoint, or for what `handle` of init's stands for; its handle
    /// there.
    std::uint64_t give(process::Process& to, abi::Rights rights, std::uint64_t badge = 0,
                       std::uint64_t handle = 0);

    /// A child's first thread makes a message call, with words or with an envelope that lies in its memory.
    Heard say(process::Process& caller, abi::SystemCall number, std::uint64_t first,
              abi::MessageInformation information = {}, const abi::MessageWords& words = {});
    Heard enclose(process::Process& caller, abi::SystemCall number, std::uint64_t first,
                  abi::MessageInformation information, const abi::Envelope& envelope);

    /// What has become of it since.
    static Heard heard(process::Thread& thread);

    Heard heard(process::Process& process) { return heard(first_thread(process)); }

    /// The `received` of the envelope that a child has said something with last.
    std::array<abi::Handle, abi::most_transferred> received(process::Process& process);

    /// An object of init's, made by create(); its handle.
    std::uint64_t create(abi::ObjectType type);

    process::Process& operator[](std::size_t index) { return *children_[index]; }

    process::Process& init() { return programs.init(); }

    Programs programs;
    std::uint64_t endpoint = 0; ///< Of init's.

private:
    std::vector<process::Process*> children_;
};

} // namespace fake
