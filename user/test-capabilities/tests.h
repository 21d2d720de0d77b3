// What docs/capabilities.md promises, case by case.
#pragma once

#include "user/lib/check.h"
#include "user/lib/memory.h"

namespace test {

using namespace trivium;

inline constexpr Rights read_write = right::read | right::write;

void copy(Checks& checks);
void remove(Checks& checks); // `delete` is a word of the language's own.
void mint(Checks& checks);
void badge(Checks& checks);
void move(Checks& checks);
void occupied(Checks& checks);
void lookup(Checks& checks);

void harmless(Checks& checks);
void siblings(Checks& checks);
void middle(Checks& checks);
void reuse(Checks& checks);

void revoke(Checks& checks);
void preempt(Checks& checks);
void stale(Checks& checks);
void quota(Checks& checks);

/// What the copies of this program do that `revoke`, `preempt` and `quota` start. Gives the exit code.
int hold(bool hands_on);
int fill();

/// A handle that names nothing any more, or never did.
inline void names_nothing(Checks& checks, Handle handle, std::string_view what) {
    checks.fails(call::identify(handle), Error::bad_handle, what);
}

} // namespace test
