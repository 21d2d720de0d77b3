// Capabilities, seen from a program: test-capabilities CASE prints `ok CASE` when all of it held.
#include <array>
#include <string_view>

#include "user/lib/program.h"
#include "user/test-capabilities/tests.h"

using namespace trivium;

namespace {

struct Case {
    std::string_view name;
    void (*run)(Checks& checks);
};

constexpr std::array<Case, 15> cases{{{"copy", test::copy},
                                      {"delete", test::remove},
                                      {"mint", test::mint},
                                      {"badge", test::badge},
                                      {"move", test::move},
                                      {"occupied", test::occupied},
                                      {"lookup", test::lookup},
                                      {"harmless", test::harmless},
                                      {"siblings", test::siblings},
                                      {"middle", test::middle},
                                      {"reuse", test::reuse},
                                      {"revoke", test::revoke},
                                      {"preempt", test::preempt},
                                      {"stale", test::stale},
                                      {"quota", test::quota}}};

int run(const Case& chosen) {
    Checks checks(chosen.name);
    chosen.run(checks);
    const int code = checks.finish();
    if (code == 0) print("ok {}\n", chosen.name);
    return code;
}

} // namespace

int main(Arguments arguments) {
    const std::string_view word = arguments.size() > 1 ? arguments[1] : "";
    if (word == "hold") return test::hold(false);
    if (word == "hand-on") return test::hold(true);
    if (word == "fill") return test::fill();
    for (const Case& each : cases)
        if (each.name == word) return run(each);
    print_error("test-capabilities: wants one of");
    for (const Case& each : cases) print_error(" {}", each.name);
    print_error("\n");
    return 2;
}
