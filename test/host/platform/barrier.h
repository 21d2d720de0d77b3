// Memory ordering on the host: the fake devices run on the thread that asks them to. What another observer
// would do between two accesses, a test can have done at the barrier that stands between them.
#pragma once

#include <functional>

namespace platform {

struct Barrier {
    enum class Kind { before_publish, after_observe, full };

    /// Called at each barrier, if it is set; whoever sets it takes it away again.
    static inline std::function<void(Kind)> passed;

    static void before_publish() { pass(Kind::before_publish); }

    static void after_observe() { pass(Kind::after_observe); }

    static void full() { pass(Kind::full); }

private:
    static void pass(Kind kind) {
        if (passed) passed(kind);
    }
};

} // namespace platform
