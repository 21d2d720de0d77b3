// The parts of test-calls. Each prints its checks.
#pragma once

#include "user/lib/check.h"

namespace test {

/// Every call that takes a pointer, with every kind of pointer.
void pointers(trivium::Checks& checks);
/// spawn(), whose request holds pointers of its own.
void spawn_pointers(trivium::Checks& checks);
/// Handles: never given, closed, of the wrong type, with too few rights.
void handles(trivium::Checks& checks);
/// Numbers, sizes and addresses out of range.
void arguments(trivium::Checks& checks);

} // namespace test
