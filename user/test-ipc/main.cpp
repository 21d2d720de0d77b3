// IPC as programs see it: a case for each behaviour that is promised.
#include <array>

#include "user/test-ipc/parts.h"

int main(trivium::Arguments arguments) {
    const std::array cases{test::exchange_cases,     test::ending_cases,   test::closing_cases,
                           test::right_cases,        test::content_cases,  test::transfer_cases,
                           test::lending_cases,      test::time_cases,     test::load_cases,
                           test::notification_cases, test::priority_cases, test::fault_cases};
    const std::array roles{test::exchange_roles, test::ending_roles,  test::content_roles,
                           test::transfer_roles, test::lending_roles, test::load_roles,
                           test::fault_roles};
    return trivium::run({.program = "test-ipc", .cases = cases, .roles = roles}, arguments);
}
