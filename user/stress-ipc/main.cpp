// Clients and servers who talk, and are killed, cancelled and deprived of their capabilities meanwhile:
// stress-ipc [SECONDS [SEED]]. It ends with 0 when each request was answered or failed exactly once, and
// nobody hung.
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/stress-ipc/director.h"

using namespace trivium;

namespace stress {

Result<Ledger*> open_ledger() {
    const auto memory = call::open("ledger");
    if (!memory) return std::unexpected(memory.error());
    auto mapping = Mapping::create(sizeof(Ledger), right::read | right::write, *memory);
    if (!mapping) return std::unexpected(mapping.error());
    auto* const ledger = reinterpret_cast<Ledger*>(mapping->address());
    mapping->release();
    return ledger;
}

} // namespace stress

namespace {

/// stress-ipc client|server INDEX SEED
int play(Arguments arguments) {
    const auto index = parse_number(arguments[2]), seed = parse_number(arguments[3]);
    const auto ledger = stress::open_ledger();
    if (!index || !seed || !ledger) return 2;
    const auto place = static_cast<std::uint32_t>(*index);
    return arguments[1] == "client" ? stress::be_client(**ledger, place, *seed)
                                    : stress::be_server(**ledger, place, *seed);
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() == 4) return play(arguments);
    const auto duration = arguments.size() > 1 ? parse_number(arguments[1]) : 5;
    const auto seed = arguments.size() > 2 ? parse_number(arguments[2]) : 1;
    if (duration && seed) return stress::direct(seconds(*duration), *seed);
    print_error("usage: stress-ipc [SECONDS [SEED]]\n");
    return 2;
}
