// System calls with arguments of every bad kind: each is an error, and nothing else.
#include "user/lib/program.h"
#include "user/test-calls/tests.h"

int main(trivium::Arguments) {
    trivium::Checks checks("test-calls");
    test::pointers(checks);
    test::spawn_pointers(checks);
    test::handles(checks);
    test::arguments(checks);
    return checks.finish();
}
