// Lists all threads: whose they are, what they do, and how much of the CPUs they have had.
#include "user/lib/inspect.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/threads.h"

using namespace trivium;

int main(Arguments) {
    print("PROCESS PARENT THREAD CPU PRIORITY STATE         SECONDS SWITCHES    KIB NAME\n");
    const auto listed = for_each_record<abi::ThreadRecord>(abi::Topic::threads, [](const auto& thread) {
        print("{:>7} {:>6} {:>6} {:>3} {:>8} {:<10} {:>10} {:>8} {:>6} {}\n", thread.process, thread.parent,
              thread.number, thread.cpu, thread.priority, name(thread.state),
              in_seconds({thread.run_nanoseconds}), thread.switches, thread.frames * 4, text_of(thread.name));
    });
    if (!listed) print_error("ps: {}\n", listed.error());
    return listed ? 0 : 1;
}
