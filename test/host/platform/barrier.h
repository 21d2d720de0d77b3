// Memory ordering on the host: the fake devices run on the thread that asks them to.
#pragma once

namespace platform {

struct Barrier {
    static void before_publish() {}

    static void after_observe() {}

    static void full() {}
};

} // namespace platform
