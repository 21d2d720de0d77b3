// The one generator of the kernel, fed by the sources that drivers registered.
#include "kernel/random/random.h"

#include "kernel/base/log.h"

namespace randomness {
namespace {

constinit SeededGenerator generator(device::entropy_source);

} // namespace

void initialize() {
    generator.start();
    if (const auto source = statistics().source; !source.empty())
        base::log("random: seeding from {}", source);
    else
        base::log("random: no entropy source; random numbers are not to be had (RNG=on attaches one)");
}

std::expected<void, abi::Error> fill(std::span<std::byte> out) { return generator.fill(out); }

Statistics statistics() { return generator.statistics(); }

} // namespace randomness
