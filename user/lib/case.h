// Test programs of many cases, each in a process of its own: so that none can hang, or disturb the next.
//
//     test-x          lists all cases, with what became of each
//     test-x CASE     runs one: prints `ok CASE`, or what was wrong and exits with 1
//
// A case that needs other processes starts copies of its program in a role; they end with it.
#pragma once

#include <span>
#include <string_view>

#include "user/lib/print.h"
#include "user/lib/process.h"
#include "user/lib/program.h"

namespace trivium {

struct Case {
    std::string_view name;
    void (*run)();
};

using Cases = std::span<const Case>;

struct Suite {
    std::string_view program;
    std::span<const Cases> cases;
    std::span<const Cases> roles{};
};

/// What main does: returns the exit code.
int run(const Suite& suite, Arguments arguments);

/// Ends the case, from whichever of its threads and in whichever role: it has failed.
[[noreturn]] void fail(std::string_view what);
[[noreturn]] void fail(std::string_view what, std::string_view got);

inline void require(bool holds, std::string_view what) {
    if (!holds) fail(what);
}

/// The value of what must succeed.
template <class T>
T must(Result<T> result, std::string_view what) {
    if (!result) fail(what, abi::name(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// For what must fail, with that error.
template <class T>
void must_fail(const Result<T>& result, Error wanted, std::string_view what) {
    if (result) fail(what, "success");
    if (result.error() != wanted) fail(what, abi::name(result.error()));
}

/// Starts a copy of this program in a role, with what it is given besides the usual.
Process start_role(std::string_view role, std::span<const abi::Grant> given = {});

/// The same, with what it is given alone.
Process start_bare_role(std::string_view role, std::span<const abi::Grant> given);

/// Waits until a role has ended, which must have succeeded.
void finish(const Process& role);

/// What this role was given under that name.
Handle given(std::string_view name);

/// Waits until something that has no event holds.
template <class Condition>
void wait_until(Condition holds) {
    while (!holds()) (void)call::sleep(call::time().value_or(0) + 500'000);
}

} // namespace trivium
