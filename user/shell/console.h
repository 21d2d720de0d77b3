// The shell's side of the terminal service: lines, and the program that Ctrl-C ends.
//
// The service may end and be started again. Then a line is asked for anew, and a thread of the shell's, which
// does nothing but wait for that, tells the new one which program is in the foreground.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "kernel/base/line_editor.h"
#include "user/lib/calls.h"
#include "user/lib/mutex.h"
#include "user/lib/thread.h"

namespace shell {

class Console {
public:
    explicit Console(std::string_view prompt) : prompt_(prompt) {}

    /// Error::not_found: this process was not given a "terminal".
    trivium::Result<void> open();

    /// Shows the prompt and reads a line, which is valid until the next one is read. Nothing when it was too
    /// long or dropped; an error when the terminal is gone.
    trivium::Result<std::optional<std::string_view>> read_line();

    /// Waits for a process's end, which Ctrl-C brings about.
    trivium::Result<trivium::End> wait(trivium::Handle process);

private:
    static std::int64_t attend(void* self);
    void set_foreground(trivium::Handle process);

    std::string_view prompt_;
    std::array<char, base::LineEditor::length_limit> line_{};
    trivium::Handle terminal_{};
    trivium::Thread attendant_;
    trivium::Mutex mutex_; ///< Guards what follows.
    trivium::Handle foreground_{};
};

} // namespace shell
