// Lists the files, with their sizes; programs have a `*`.
#include "user/lib/file.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

Result<void> list_files() {
    return for_each_file([](const File& file) {
        print("{:>8} {}{}\n", file.size(), file.name(), file.is_executable() ? "*" : "");
    });
}

} // namespace

int main(Arguments) {
    const auto listed = list_files();
    if (!listed) print_error("ls: {}\n", listed.error());
    return listed ? 0 : 1;
}
