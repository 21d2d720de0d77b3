// Looks at every place where a function may be.
#include <array>

#include "driver/pci/configuration.h"
#include "driver/pci/pci.h"
#include "kernel/base/log.h"

namespace driver::pci {
namespace {

constexpr std::uint8_t devices_on_a_bus = 32;
constexpr std::uint8_t functions_of_a_device = 8;

using Visit = void (*)(const Function& function, void* context);

/// The bus behind a bridge, if the scan can reach it: its number is above that of its own bus, and 0 until
/// firmware has given it one.
std::optional<std::uint8_t> bus_behind(const Function& bridge, const hal::PciHost& host, unsigned bus) {
    const auto behind = bridge.read<std::uint8_t>(offset::secondary_bus);
    if (behind > bus && behind <= host.last_bus) return behind;
    base::log("pci: firmware has not numbered the bus behind {}: its devices stay unseen", bridge.place());
    return {};
}

bool is_bridge(const Function& function) {
    return (function.read<std::uint8_t>(offset::header_type) & header_kind_mask) == header_kind_bridge;
}

/// A device has function 0, and says there whether to look for more.
unsigned functions_at(const hal::PciHost& host, std::uint8_t bus, std::uint8_t device) {
    const Function first(host, bus, device, 0);
    if (first.vendor() == no_vendor) return 0;
    const auto type = first.read<std::uint8_t>(offset::header_type);
    return type & header_many_functions ? functions_of_a_device : 1;
}

void for_each_on_bus(const hal::PciHost& host, std::uint8_t bus, auto visit) {
    for (std::uint8_t device = 0; device < devices_on_a_bus; ++device)
        for (std::uint8_t number = 0; number < functions_at(host, bus, device); ++number)
            if (const Function function(host, bus, device, number); function.vendor() != no_vendor)
                visit(function);
}

} // namespace

/// Bridges lead to higher buses only, and each bus is looked at once: no wiring makes this run in circles.
void for_each_function(const hal::PciHost& host, Visit visit, void* context) {
    std::array<bool, 256> reached{};
    reached[host.first_bus] = true;
    for (unsigned bus = host.first_bus; bus <= host.last_bus; ++bus) {
        if (!reached[bus]) continue;
        for_each_on_bus(host, static_cast<std::uint8_t>(bus), [&](const Function& function) {
            if (is_bridge(function))
                if (const auto behind = bus_behind(function, host, bus)) reached[*behind] = true;
            visit(function, context);
        });
    }
}

} // namespace driver::pci
