// Lists a process's capabilities, and which of those it holds that its manifest names: caps PROCESS.
#include "user/lib/capabilities.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/program_manifest.h"

using namespace trivium;

namespace {

void show(const abi::CapabilityRecord& record) {
    print("{:>8} {:<12} {:>7} {} {:>18} {}\n", in_words(record.handle), abi::name(record.type), record.object,
          letters(record.rights),
          record.badge ? base::Text<18>::of("{:#x}", record.badge) : base::Text<18>("-"),
          text_of(record.name));
}

/// Whether a process has something under that name; for standard handles, in that slot.
bool is_held(std::uint32_t process, const Need& need) {
    bool held = false;
    (void)for_each_capability([&](const abi::CapabilityRecord& record) {
        if (record.process != process) return;
        held |= need.place == Need::Place::named   ? text_of(record.name) == need.name
                : need.place == Need::Place::input ? record.handle == abi::standard_input
                                                   : record.handle == abi::standard_output;
    });
    return held;
}

std::string_view place_of(const Need& need) {
    switch (need.place) {
    case Need::Place::named: return "";
    case Need::Place::input: return " (standard input)";
    case Need::Place::output: return " (standard output)";
    }
    return "";
}

/// The name of the program that a process runs; empty when there is no such process.
base::Text<abi::name_length> program_of(std::uint64_t process) {
    base::Text<abi::name_length> program;
    (void)for_each_record<abi::ThreadRecord>(abi::Topic::threads, [&](const abi::ThreadRecord& thread) {
        if (thread.process == process && thread.number == 0) program = text_of(thread.name);
    });
    return program;
}

/// A manifest that cannot be read has been told of.
void show_needs(std::uint32_t process) {
    const auto program = program_of(process);
    const auto manifest = manifest_of(program);
    if (!manifest) return;
    if (manifest->needs().empty()) return print("{} needs nothing, as its manifest says\n", program);
    print("{} needs, as its manifest says:\n", program);
    for (const Need& need : manifest->needs())
        print("  {:<20} {}  {}{}\n", need.name, letters(need.rights),
              is_held(process, need) ? "held" : "missing", place_of(need));
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
    if (listed && count > 0) show_needs(static_cast<std::uint32_t>(*process));
    return listed && count > 0 ? 0 : 1;
}
