// Prints what the kernel has logged since boot.
#include "user/lib/inspect.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

int main(trivium::Arguments) {
    const auto printed = trivium::print_topic(abi::Topic::log);
    if (!printed) trivium::print_error("log: {}\n", printed.error());
    return printed ? 0 : 1;
}
