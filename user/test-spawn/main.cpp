// Starts the smallest program again and again, and waits for each: test-spawn [TIMES].
#include "kernel/base/text.h"
#include "user/lib/check.h"
#include "user/lib/number.h"
#include "user/lib/process.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

/// Whether one was started, ran, and ended as it should.
bool spawn_one() {
    constexpr std::string_view words[] = {"true"};
    const auto child = Process::spawn("true", {.arguments = words});
    if (!child) return false;
    const auto end = child->wait();
    return end && end->ending == abi::Ending::exited && end->code == 0;
}

} // namespace

int main(Arguments arguments) {
    const auto times = arguments.size() > 1 ? parse_number(arguments[1]) : 100;
    if (!times) {
        print_error("usage: test-spawn [TIMES]\n");
        return 2;
    }
    Checks checks("test-spawn");
    std::uint64_t done = 0;
    while (done < *times && spawn_one()) ++done;
    checks.check(done == *times,
                 base::Text<64>::of("{} programs started and ended, one after the other", done));
    return checks.finish();
}
