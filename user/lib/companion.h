// Companion: a further thread that does what a lambda says, for tests of what threads do to each other.
#pragma once

#include <optional>

#include "kernel/abi/inspect.h"
#include "user/lib/case.h"
#include "user/lib/thread.h"

namespace trivium {

/// What is known of a thread, by its process and its number there; nothing when it has gone.
std::optional<abi::ThreadRecord> record_of_thread(std::uint32_t process, std::uint32_t number);

/// The number that the next thread of this process will have: for its first thread to ask, which alone starts
/// others.
std::uint32_t next_thread_number();

/// How many CPUs there are.
std::uint32_t count_cpus();

/// This process's id, as others see it on its messages. To find it out, the first time, a message is
/// received: not to be done by who owes a reply.
std::uint32_t own_id();

/// The thread begins with its companion, which must stay where it is, and is waited for when that goes.
template <class Act>
class Companion {
public:
    explicit Companion(Act act, std::uint8_t priority = abi::default_priority)
        : act_(act), process_(own_id()), number_(next_thread_number()),
          thread_(must(Thread::start(run, this, priority), "start a thread")) {}

    Companion(const Companion&) = delete;
    Companion& operator=(const Companion&) = delete;

    ~Companion() { (void)join(); }

    /// Waits until it has ended. Its end, the first time.
    End join() {
        if (is_joined_) return {};
        is_joined_ = true;
        return must(thread_.join(), "join a thread");
    }

    Handle handle() const { return thread_.handle(); }

    abi::ThreadState state() const {
        const auto record = record_of_thread(process_, number_);
        return record ? record->state : abi::ThreadState::ended;
    }

    std::uint8_t priority() const {
        const auto record = record_of_thread(process_, number_);
        return record ? record->priority : 0;
    }

    /// Until it waits for somebody.
    void wait_until_waiting() const {
        wait_until([this] { return state() == abi::ThreadState::waiting; });
    }

    void kill() { must(call::kill(thread_.handle(), 0), "kill a thread"); }

private:
    static std::int64_t run(void* self) {
        static_cast<Companion*>(self)->act_();
        return 0;
    }

    Act act_;
    std::uint32_t process_; ///< Known before there is anything to receive.
    std::uint32_t number_;
    Thread thread_;
    bool is_joined_ = false;
};

} // namespace trivium
