// Reads virtio's vendor capabilities. Each is checked against its BAR before anything in it is touched.
#include "driver/virtio/pci_regions.h"

#include <utility>

#include "driver/pci/configuration.h"
#include "hal/mmu.h"
#include "kernel/base/log.h"

namespace driver::virtio {
namespace {

// Vendor and device numbers (4.1.2). A transitional device has those of the legacy interface, and its type
// elsewhere.
constexpr std::uint16_t vendor = 0x1af4;
constexpr std::uint16_t first_transitional = 0x1000;
constexpr std::uint16_t first_modern = 0x1040;
constexpr std::uint16_t last_modern = 0x107f;

/// Which group of registers a capability tells of (4.1.4).
enum class Kind : std::uint8_t { common = 1, notify = 2, interrupt_status = 3, device = 4 };

// Offsets in a capability.
constexpr std::uint16_t capability_kind = 3;
constexpr std::uint16_t capability_bar = 4;
constexpr std::uint16_t capability_offset = 8;
constexpr std::uint16_t capability_length = 12;
constexpr std::uint16_t capability_notify_step = 16;

constexpr unsigned most_capabilities = 64; // More than there is room for: the list is a ring.

/// What is asked of a group: how many bytes at least, and an alignment that its registers need.
struct Demand {
    Kind kind;
    std::string_view name;
    std::uint32_t size;
    std::uint32_t alignment;
};

constexpr Demand common_demand{Kind::common, "common configuration", 56, 4};
constexpr Demand notify_demand{Kind::notify, "notification", 2, 2};
constexpr Demand interrupt_demand{Kind::interrupt_status, "interrupt status", 1, 1};
constexpr Demand device_demand{Kind::device, "device configuration", 0, 4};

/// The first capability of that kind behind the one at `after`.
std::optional<std::uint16_t> find(const pci::Function& function, Kind kind, std::uint16_t after = 0) {
    auto place = function.find_capability(pci::capability_vendor, after);
    for (unsigned seen = 0; place && seen < most_capabilities; ++seen) {
        if (function.read<std::uint8_t>(*place + capability_kind) == std::to_underlying(kind)) return place;
        place = function.find_capability(pci::capability_vendor, *place);
    }
    return {};
}

/// A device that has several of a kind puts the one it prefers in front, though that may be of I/O ports: the
/// first in memory counts. Without any the first is what a complaint is about.
std::optional<std::uint16_t> choose(const pci::Function& function, Kind kind) {
    const auto first = find(function, kind);
    auto place = first;
    for (unsigned seen = 0; place && seen < most_capabilities; ++seen) {
        if (function.map_bar(function.read<std::uint8_t>(*place + capability_bar))) return place;
        place = find(function, kind, *place);
    }
    return first;
}

std::unexpected<Error> refuse(const pci::Function& function, const Demand& demand, std::string_view why) {
    base::log("virtio: {}: its {} registers {}", function.place(), demand.name, why);
    return std::unexpected(Error::corrupt);
}

/// The group of registers; empty when the device does not have it.
std::expected<pci::Registers, Error> map(const pci::Function& function, const Demand& demand) {
    const auto capability = choose(function, demand.kind);
    if (!capability) return pci::Registers();
    const auto index = function.read<std::uint8_t>(*capability + capability_bar);
    const auto offset = function.read<std::uint32_t>(*capability + capability_offset);
    const auto length = function.read<std::uint32_t>(*capability + capability_length);
    const auto bar = function.map_bar(index);
    if (!bar) return refuse(function, demand, base::Text<60>::of("are in BAR {}: {}", index, bar.error()));
    if (offset > bar->size || length > bar->size - offset)
        return refuse(function, demand,
                      base::Text<100>::of("are {:#x} bytes from {:#x} on, in a BAR of {:#x}", length, offset,
                                          bar->size));
    if (length < demand.size || offset % demand.alignment != 0)
        return refuse(function, demand, base::Text<60>::of("are {} bytes at {:#x}", length, offset));
    return pci::Registers(hal::to_virtual(bar->start + offset), length);
}

std::expected<pci::Registers, Error> map_required(const pci::Function& function, const Demand& demand) {
    auto registers = map(function, demand);
    if (registers && registers->size() == 0) return refuse(function, demand, "are nowhere");
    return registers;
}

std::uint32_t notify_step(const pci::Function& function) {
    const auto capability = choose(function, Kind::notify);
    return capability ? function.read<std::uint32_t>(*capability + capability_notify_step) : 0;
}

} // namespace

bool is_virtio(const pci::Function& function) {
    const std::uint16_t id = function.device_id();
    return function.vendor() == vendor && id >= first_transitional && id <= last_modern;
}

std::uint32_t virtio_type(const pci::Function& function) {
    const std::uint16_t id = function.device_id();
    return id >= first_modern ? id - first_modern : function.read<std::uint16_t>(pci::offset::subsystem_id);
}

std::expected<PciRegions, Error> find_regions(const pci::Function& function) {
    if (!find(function, Kind::common)) {
        base::log("virtio: {} has the legacy interface alone, which is not driven; QEMU has the other one "
                  "with `disable-legacy=on,disable-modern=off`",
                  function.place());
        return std::unexpected(Error::unsupported);
    }
    const auto common = map_required(function, common_demand);
    if (!common) return std::unexpected(common.error());
    const auto notify = map_required(function, notify_demand);
    if (!notify) return std::unexpected(notify.error());
    const auto interrupt_status = map_required(function, interrupt_demand);
    if (!interrupt_status) return std::unexpected(interrupt_status.error());
    const auto configuration = map(function, device_demand);
    if (!configuration) return std::unexpected(configuration.error());
    return PciRegions{.common = *common,
                      .notify = *notify,
                      .notify_step = notify_step(function),
                      .interrupt_status = *interrupt_status,
                      .configuration = *configuration};
}

} // namespace driver::virtio
