// Affinity: a thread runs on the CPUs that it may run on, and on no other.
#include <algorithm>
#include <array>

#include "kernel/base/text.h"
#include "user/lib/check.h"
#include "user/lib/copies.h"
#include "user/lib/inspect.h"
#include "user/lib/program.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

Result<std::uint32_t> count_cpus() {
    std::uint32_t count = 0;
    const auto done = for_each_record<abi::CpuRecord>(abi::Topic::cpus, [&](const auto&) { ++count; });
    if (!done) return std::unexpected(done.error());
    return count;
}

/// What a copy does until it is ended.
[[noreturn]] void spin() {
    for (volatile bool spinning = true; spinning;) {
    }
    trivium::exit(1);
}

/// Where the first thread of a process runs or last ran.
Result<std::uint32_t> cpu_of(std::uint32_t process) {
    Result<std::uint32_t> found = std::unexpected(Error::not_found);
    const auto done = for_each_record<abi::ThreadRecord>(abi::Topic::threads, [&](const auto& thread) {
        if (thread.process == process) found = thread.cpu;
    });
    if (!done) return std::unexpected(done.error());
    return found;
}

/// Comes to that CPU, which may take it a moment, and does not leave it as long as we look.
bool comes_and_stays(std::uint32_t process, std::uint32_t cpu) {
    for (const Nanoseconds limit = now() + seconds(20); cpu_of(process) != cpu; sleep_for(milliseconds(1)))
        if (now() > limit) return false;
    for (int i = 0; i < 20; ++i) {
        sleep_for(milliseconds(2));
        if (cpu_of(process) != cpu) return false;
    }
    return true;
}

void test_each_cpu(Checks& checks, std::uint32_t cpus) {
    const auto child = start_copy("test-affinity", "spin");
    if (!checks.succeeds(child, "start a child that spins")) return;
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        checks.succeeds(call::set_affinity(child->handle(), std::uint64_t{1} << cpu), "set its affinity");
        checks.check(comes_and_stays(child->id(), cpu), base::Text<32>::of("it runs on CPU {} alone", cpu));
    }
    (void)child->kill(0);
    (void)child->wait();
}

void test_self(Checks& checks, std::uint32_t cpus) {
    bool all = true;
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        all = call::set_affinity(abi::self_process, std::uint64_t{1} << cpu).has_value() && all;
        (void)call::yield();
    }
    checks.check(all, "this process moves itself through all CPUs");
    checks.succeeds(call::set_affinity(abi::self_process, ~std::uint64_t{0}), "and may run anywhere again");
    checks.fails(call::set_affinity(abi::self_process, 0), Error::invalid_argument, "but not nowhere");
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1) spin();
    Checks checks("test-affinity");
    const auto cpus = count_cpus();
    if (checks.succeeds(cpus, "count the CPUs")) {
        test_each_cpu(checks, *cpus);
        test_self(checks, *cpus);
    }
    return checks.finish();
}
