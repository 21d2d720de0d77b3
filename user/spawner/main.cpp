// Starts copies of itself until a limit stops it, says which, and ends, and they with it.
#include "user/lib/grants.h"
#include "user/lib/print.h"
#include "user/lib/process.h"
#include "user/lib/program.h"

using namespace trivium;

int main(Arguments arguments) {
    constexpr std::string_view copy[] = {"spawner", "copy"};
    if (arguments.size() > 1) { // A copy: is there, and no more.
        (void)call::sleep(never);
        return 0;
    }
    const auto grants = GrantList::usual();
    for (int copies = 0;; ++copies) {
        auto process = Process::spawn("spawner", {.arguments = copy, .grants = grants.view()});
        if (process) {
            process->forget();
            continue;
        }
        print("spawner: {} copies, then: {}\n", copies, process.error());
        return process.error() == Error::limit_reached || process.error() == Error::out_of_memory ? 0 : 1;
    }
}
