// Which capability each system call demands: all of them are tried, with every right but one, and with no
// capability at all. What demands none works on what the caller has anyway, and says so here.
//
//     PASS test-authority: 9 kill: write
#include <array>

#include "kernel/base/text.h"
#include "user/lib/check.h"
#include "user/lib/process.h"
#include "user/lib/program.h"
#include "user/test-authority/attempts.h"

using namespace trivium;
using namespace authority;

namespace {

base::Text<96> sentence(abi::SystemCall call, std::string_view what) {
    return base::Text<96>::of("{} {}: {}", static_cast<unsigned>(call),
                              abi::system_calls[static_cast<std::size_t>(call)].name, what);
}

/// Refused with all rights but this one.
bool is_demanded(const Attempt& attempt, Handle whole, Rights right) {
    const Rights rest{static_cast<std::uint16_t>(right::all.bits & ~right.bits)};
    const auto identity = call::identify(whole);
    const auto lesser = call::derive(whole, identity->rights & rest);
    if (!lesser) return false;
    const auto outcome = attempt.make(*lesser);
    (void)call::close(*lesser);
    return !outcome && outcome.error() == Error::not_permitted;
}

/// What no call takes that takes `type`; anything can be granted.
Handle another(abi::ObjectType type, const Objects& objects) {
    switch (type) {
    case abi::ObjectType::null: return {};
    case abi::ObjectType::process:
    case abi::ObjectType::thread: return objects.of(abi::ObjectType::null);
    default: return objects.of(abi::ObjectType::thread);
    }
}

/// Refused when the handle names nothing, and when it names something of another type.
bool wants_capability(const Attempt& attempt, const Objects& objects) {
    const auto nothing = attempt.make({});
    const auto other = attempt.make(another(attempt.type, objects));
    return !nothing && nothing.error() == Error::bad_handle && !other;
}

bool holds(const Attempt& attempt, const Objects& objects) {
    if (!wants_capability(attempt, objects)) return false;
    for (const Rights each : attempt.demanded)
        if (each.bits != 0 && !is_demanded(attempt, objects.of(attempt.type), each)) return false;
    return true;
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1) (void)call::sleep(never); // A process to be had.
    Checks checks("test-authority");
    const auto objects = Objects::make();
    if (!checks.succeeds(objects, "objects of each type")) return checks.finish();
    for (const abi::SystemCallDescription& description : abi::system_calls) {
        const std::string_view reason = reason_for_none(description.number);
        for (const Attempt& attempt : attempts_of(description.number))
            checks.check(holds(attempt, *objects), sentence(description.number, description.demands));
        if (attempts_of(description.number).empty())
            checks.check(!reason.empty() && description.demands.empty(),
                         sentence(description.number, reason));
    }
    return checks.finish();
}
