// The shell's side of the console: lines with editing, and Ctrl-C.
//
//     at the prompt            Ctrl-C drops the line
//     while a program runs     Ctrl-C kills it, with interrupted_code
//
// A thread of its own waits for Ctrl-C, as the first one is in read() or wait() then.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/line_editor.h"
#include "user/lib/calls.h"
#include "user/lib/mutex.h"
#include "user/lib/thread.h"

namespace shell {

class Console {
public:
    static constexpr std::int64_t interrupted_code = 130;

    explicit Console(std::string_view prompt) : prompt_(prompt) {}

    /// Starts the thread. Without it Ctrl-C does nothing while a program runs. Error::not_found: this process
    /// was not given a "console".
    trivium::Result<void> watch();

    /// Shows the prompt and reads a line, which is valid until the next one is read. Nothing when it was too
    /// long; an error when the console is gone.
    trivium::Result<std::optional<std::string_view>> read_line();

    /// Waits for a process's end.
    trivium::Result<trivium::End> wait(trivium::Handle process);

private:
    enum class Phase { busy, reading, waiting };

    static std::int64_t watch_for_interrupt(void* self);
    void on_interrupt(std::uint64_t time);
    std::string_view accept(std::uint64_t time);
    void set(Phase phase, trivium::Handle process = {});
    void kill_waited_for();
    bool is_to_skip(char character);
    trivium::Result<std::optional<std::string_view>> edit_line();

    std::string_view prompt_;
    base::LineEditor editor_;
    trivium::Handle console_{};
    trivium::Thread watcher_;
    trivium::Mutex mutex_; ///< Guards what follows.
    Phase phase_ = Phase::busy;
    std::uint64_t line_time_ = 0; ///< Before its last character was typed, and after all that came before.
    bool interrupted_ = false; ///< By Ctrl-C while busy: the program that is about to start is ended at once.
    bool skip_interrupt_ = false; ///< The next character that is read, if it is the Ctrl-C that killed.
    trivium::Handle process_{};   ///< While waiting.
};

} // namespace shell
