// init, the first process: starts what the manifests say, the shell among it, keeps it running, and tells
// everybody where to find it.
#include <new>

#include "user/init/catalogue.h"
#include "user/init/name_server.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

int fail(std::string_view what, Error error) {
    print("init: {}: {}\n", what, error);
    return 1;
}

} // namespace

int main(Arguments) {
    auto* const kept = new (std::nothrow) init::Catalogue; // For ever: threads know where it is.
    if (kept == nullptr) return fail("its catalogue", Error::out_of_memory);
    init::Catalogue& catalogue = *kept;
    const auto names = catalogue.load();
    if (!names) return fail("the initrd cannot be read", names.error());
    catalogue.start_at_boot();
    return fail("the name service ends", init::NameServer(catalogue, *names).serve());
}
