// One function: who it is, its capabilities, switching it on.
#include "driver/pci/configuration.h"
#include "driver/pci/pci.h"
#include "hal/mmu.h"

namespace driver::pci {
namespace {

// A capability begins with its kind and the offset of the next, which is in the first 256 bytes behind the
// header, and aligned to 4: so many there can be, and a list that is longer runs in a ring.
constexpr std::uint16_t first_capability = 0x40;
constexpr unsigned most_capabilities = (256 - first_capability) / 4;

} // namespace

Function::Function(const hal::PciHost& host, std::uint8_t bus, std::uint8_t device, std::uint8_t function)
    : host_(&host), bus_(bus), device_(device), function_(function) {
    const std::uint64_t place = std::uint64_t{bus - host.first_bus + 0u} << 20 | std::uint64_t{device} << 15 |
                                std::uint64_t{function} << 12;
    configuration_ = hal::to_virtual(host.configuration.start + place).value;
}

std::uint16_t Function::vendor() const { return read<std::uint16_t>(offset::vendor); }

std::uint16_t Function::device_id() const { return read<std::uint16_t>(offset::device_id); }

base::Text<16> Function::place() const {
    return base::Text<16>::of("pci {:02x}:{:02x}.{:x}", bus_, device_, function_);
}

std::uint32_t Function::requester() const {
    return std::uint32_t{bus_} << 8 | std::uint32_t{device_} << 3 | function_;
}

std::optional<std::uint16_t> Function::find_capability(std::uint8_t id, std::uint16_t after) const {
    if ((read<std::uint16_t>(offset::status) & status_has_capabilities) == 0) return {};
    std::uint16_t link = after == 0 ? offset::capabilities : after + 1;
    for (unsigned seen = 0; seen < most_capabilities; ++seen) {
        const std::uint16_t place = read<std::uint8_t>(link) & ~3u;
        if (place < first_capability) return {};
        if (read<std::uint8_t>(place) == id) return place;
        link = place + 1;
    }
    return {};
}

void Function::enable() const {
    write<std::uint16_t>(offset::command,
                         read<std::uint16_t>(offset::command) | command_memory | command_bus_master);
}

} // namespace driver::pci
