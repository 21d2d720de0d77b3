// Lists a process's capabilities: caps PROCESS.
#include "user/lib/capabilities.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

void show(const abi::CapabilityRecord& record) {
    print("{:>8} {:<12} {:>7} {} {:>18} {}\n", in_words(record.handle), abi::name(record.type), record.object,
          letters(record.rights),
          record.badge ? base::Text<18>::of("{:#x}", record.badge) : base::Text<18>("-"),
          text_of(record.name));
}

} // namespace

int main(Arguments arguments) {
    const auto process = arguments.size() == 2 ? parse_number(arguments[1]) : std::nullopt;
    if (!process) {
        print_error("caps: wants the number of a process, as ps shows it\n");
        return 2;
    }
    print("  HANDLE TYPE          OBJECT RIGHTS               BADGE NAME\n");
    std::size_t count = 0;
    const auto listed = for_each_capability([&](const abi::CapabilityRecord& record) {
        if (record.process != *process) return;
        show(record);
        ++count;
    });
    if (!listed) print_error("caps: {}\n", listed.error());
    if (listed && count == 0) print_error("caps: there is no process {}\n", *process);
    return listed && count > 0 ? 0 : 1;
}
