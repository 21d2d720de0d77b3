// Lists the machine's devices.
#include "user/lib/inspect.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

int main(trivium::Arguments) {
    const auto printed = trivium::print_topic(abi::Topic::devices);
    if (!printed) trivium::print_error("devices: {}\n", printed.error());
    return printed ? 0 : 1;
}
