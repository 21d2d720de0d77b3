// Discovery for the platforms that have a device tree, and where boot.S put the image.
#include "platform/shared/machine.h"

#include <algorithm>

#include "hal/image.h"
#include "hal/mmu.h"
#include "platform/shared/device_tree_memory.h"

namespace platform {
namespace {

constexpr std::uint64_t gigabyte = 1 << 30;

constinit base::PhysicalAddress image_start;

/// The part of RAM that boot.S mapped along with the image: what lies in the same GiB.
base::PhysicalRange early_window(const hal::BootInfo& boot_info) {
    const base::PhysicalAddress start = image_start.aligned_down(gigabyte);
    for (const base::PhysicalRange& range : boot_info.memory) {
        if (!range.contains(image_start)) continue;
        const std::uint64_t from = std::max(range.start.value, start.value);
        const std::uint64_t to = std::min(range.end().value, start.value + gigabyte);
        return {{from}, to - from};
    }
    return {};
}

/// The console that is in use goes on being used where no better one is found, and must then stay mapped.
void list_early_console(const base::PhysicalRange& registers, hal::BootInfo& out) {
    for (const hal::Device& device : out.devices)
        for (const base::PhysicalRange& range : device.registers)
            if (range.contains(registers.start)) return;
    hal::Device device;
    device.name = "console-without-node";
    device.registers.push_back(registers);
    if (!out.devices.push_back(device)) ++out.omitted;
}

} // namespace

hal::Discovered discover(const Loaded& loaded, hal::BootInfo& out) {
    image_start = loaded.image;
    const std::uint64_t mapped = gigabyte - (loaded.device_tree.value & (gigabyte - 1));
    if (auto found = discover_device_tree(loaded.device_tree, mapped, loaded.cpu, out); !found) return found;
    const auto image_size = static_cast<std::uint64_t>(kernel_image_end - kernel_image_start);
    if (auto done = reserve({loaded.image, image_size}, hal::ReservedFor::kernel, "kernel", out); !done)
        return done;
    list_early_console(loaded.console, out);
    out.early_window = early_window(out);
    if (out.early_window.is_empty())
        return std::unexpected(
            hal::DiscoveryFault{abi::Error::not_found, "device tree: the kernel is not in any memory node"});
    return {};
}

const hal::Device* device_of(const hal::BootInfo& boot_info, Node node) {
    for (const hal::Device& device : boot_info.devices)
        if (device.node == static_cast<std::int32_t>(node)) return &device;
    return nullptr;
}

const hal::Device* console_of(const hal::BootInfo& boot_info, std::string_view compatible) {
    auto node = device_tree().console_node();
    if (!node || !device_tree().is_compatible(*node, compatible))
        node = device_tree().find_compatible(compatible);
    return node ? device_of(boot_info, *node) : nullptr;
}

} // namespace platform

namespace hal {

PhysicalAddress image_to_physical(const void* address) {
    return platform::image_start +
           static_cast<std::uint64_t>(static_cast<const char*>(address) - kernel_image_start);
}

void print_firmware_tree(base::Sink sink) { platform::print_device_tree(platform::device_tree(), sink); }

} // namespace hal
