// Forgery: a process that wants more than it was given, by whatever way, gains nothing; its victim sees
// nothing of it.
//
//     first process ── badge 5, the right to call ──> forger: guesses, replays, edits, claims
//                   ──> victim: holds what the forger would like to have, and looks after it
#include <array>

#include "user/test-forgery/parts.h"

int main(trivium::Arguments arguments) {
    const std::array cases{test::handle_cases, test::message_cases};
    const std::array roles{test::victim_roles, test::handle_roles, test::message_roles};
    return trivium::run({.program = "test-forgery", .cases = cases, .roles = roles}, arguments);
}
