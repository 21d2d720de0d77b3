// Waiting for a mutex: let others run, and soon sleep.
#include "user/lib/mutex.h"

#include "user/lib/time.h"

namespace trivium {

/// Yielding lets threads of the same priority run. A holder of lower priority runs only while this one
/// sleeps.
void Mutex::wait_and_lock() {
    constexpr int patience = 100;
    for (int i = 0; i < patience; ++i) {
        if (try_lock()) return;
        (void)call::yield();
    }
    while (!try_lock()) sleep_for(milliseconds(1));
}

} // namespace trivium
