// Starts programs: in the foreground, where Ctrl-C ends them, or as jobs.
#include "kernel/base/text.h"
#include "user/lib/grants.h"
#include "user/lib/names.h"
#include "user/lib/print.h"
#include "user/lib/program_manifest.h"
#include "user/shell/shell.h"

namespace shell {

using namespace trivium;

namespace {

/// Of each program: so that one that starts others without end leaves room for the next command.
constexpr std::uint32_t process_limit = 16;

/// One of the shell's own, or a service, for which init makes a capability as the manifest wants it.
Result<Owned> find_need(const Need& need) {
    if (need.badge == 0)
        if (auto own = open(need.name); own) return own;
    return look_up(need.name, need.badge);
}

Result<Process> start(Words words, const HowToRun& how) {
    const auto manifest = manifest_of(words.front());
    if (!manifest) return std::unexpected(manifest.error());
    GrantList grants;
    if (const auto added = add_needs(grants, *manifest, find_need); !added)
        return std::unexpected(added.error());
    if (how.background) // What is typed is for the shell.
        if (const auto added = grants.add_standard(abi::standard_input, "null", right::read); !added)
            return std::unexpected(added.error());
    return Process::spawn(words.front(), {.arguments = words,
                                          .grants = grants.view(),
                                          .priority = how.priority,
                                          .process_limit = process_limit});
}

std::int64_t explain(std::string_view name, Error error) {
    switch (error) {
    case Error::not_found:
        print_error("{}: no such program; `help` lists what there is\n", name);
        return not_found;
    case Error::not_permitted:
        print_error("{}: may not be run: it is no program, or its priority is above the shell's\n", name);
        return not_a_program;
    case Error::limit_reached:
        print_error("{}: not started, as a limit is reached: end another one first (`jobs`, `kill`)\n", name);
        return failed;
    default: print_error("{}: not started: {}\n", name, error); return failed;
    }
}

void tell(std::string_view name, const End& end) {
    if (end.ending == abi::Ending::exited) return;
    print("{}: {}, code {}\n", name, abi::name(end.ending), end.code);
}

base::Text<64> joined(Words words) {
    base::Text<64> text(words.front());
    for (const std::string_view word : words.subspan(1)) {
        text.append(" ");
        text.append(word);
    }
    return text;
}

} // namespace

std::int64_t run_program(Shell& shell, Words words, const HowToRun& how) {
    if (how.background && shell.jobs.is_full()) return explain(words.front(), Error::limit_reached);
    auto process = start(words, how);
    if (!process) return explain(words.front(), process.error());
    if (how.background) {
        shell.jobs.add(joined(words), std::move(*process));
        return 0;
    }
    const auto end = shell.console.wait(process->handle());
    if (!end) return explain(words.front(), end.error());
    tell(words.front(), *end);
    return shown_code(*end);
}

} // namespace shell
