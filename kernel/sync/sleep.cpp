// What is to be done about a CPU that has slept.
#include "kernel/sync/sleep.h"

namespace locking {
namespace {

constinit Slept on_slept = nullptr;

} // namespace

void set_on_slept(Slept act) { on_slept = act; }

void slept() {
    if (on_slept) on_slept();
}

} // namespace locking
