// Discovery on x64: the PVH loader's start_info for memory, files and command line, ACPI for all else.
#include "platform/x64/discovery.h"

#include "hal/image.h"
#include "hal/mmu.h"
#include "platform/x64/acpi_print.h"
#include "platform/x64/pvh.h"
#include "platform/x64/smp.h"

namespace platform {
namespace {

constexpr base::PhysicalRange mapped_by_boot{{0}, std::uint64_t{4} << 30};
constexpr std::uint64_t image_offset = 0xffff'ffff'8000'0000; // boot.S's IMAGE_OFFSET

constinit AcpiTables tables;
constinit AcpiMachine machine;
constinit const hal::BootInfo* boot_info = nullptr;

Bytes view_early(const void*, base::PhysicalRange range) {
    if (!mapped_by_boot.contains(range)) return {};
    return {hal::direct<const std::byte>(range.start), range.size};
}

/// What the kernel's own table still maps: RAM.
Bytes view_memory(const void*, base::PhysicalRange range) {
    for (const base::PhysicalRange& memory : boot_info->memory)
        if (memory.contains(range)) return {hal::direct<const std::byte>(range.start), range.size};
    return {};
}

/// `count` records that the loader left at `address`; none when they are not in mapped memory.
template <class Record>
std::span<const Record> records_at(std::uint64_t address, std::uint32_t count) {
    const Bytes bytes = view_early(nullptr, {{address}, std::uint64_t{count} * sizeof(Record)});
    if (bytes.empty() || address % alignof(Record) != 0) return {};
    return {reinterpret_cast<const Record*>(bytes.data()), count};
}

std::unexpected<hal::DiscoveryFault> loader_fault(std::string_view what) {
    hal::DiscoveryFault fault;
    base::format(fault.detail.sink(), "PVH: {}", what);
    return std::unexpected(fault);
}

std::expected<StartInfo, hal::DiscoveryFault> read_start_info(base::PhysicalAddress address) {
    const auto found = records_at<StartInfo>(address.value, 1);
    if (found.empty() || found[0].magic != start_info_magic)
        return loader_fault("no start_info; start this kernel by QEMU's -kernel, or by another PVH loader");
    if (found[0].version == 0) return loader_fault("start_info is of version 0, which has no memory map");
    return found[0];
}

void read_command_line(std::uint64_t address, hal::BootInfo& out) {
    constexpr std::size_t longest = 4096;
    if (address == 0) return;
    for (const char& character : records_at<char>(address, longest)) {
        if (character == '\0') return;
        out.command_line.append({&character, 1});
    }
}

bool read_initrd(const StartInfo& start, hal::BootInfo& out) {
    const auto modules = records_at<Module>(start.modules, start.module_count);
    if (modules.empty()) return true;
    out.initrd = modules[0].contents;
    return out.reserved.push_back({out.initrd, hal::ReservedFor::initrd});
}

hal::Discovered read_memory(const StartInfo& start, hal::BootInfo& out) {
    const auto records = records_at<MemoryMapRecord>(start.memory_map, start.memory_map_entries);
    base::StaticVector<MemoryMapEntry, 128> map;
    for (const MemoryMapRecord& record : records)
        if (!map.push_back({record.range, record.type}))
            return loader_fault("the memory map has more entries than there is room for");
    return read_memory_map({map.begin(), map.size()}, out);
}

hal::Discovered read_acpi(base::PhysicalAddress rsdp, hal::BootInfo& out) {
    const auto found_tables = AcpiTables::find({view_early}, rsdp);
    if (!found_tables) return std::unexpected(found_tables.error());
    tables = *found_tables;
    const auto found_machine = read_acpi_machine(tables);
    if (!found_machine) return std::unexpected(found_machine.error());
    machine = *found_machine;
    list_acpi_devices(machine, local_apic_id(), out);
    return {};
}

/// The part of RAM that boot.S mapped along with the image.
base::PhysicalRange early_window(base::PhysicalAddress image, const hal::BootInfo& info) {
    for (const base::PhysicalRange& range : info.memory) {
        if (!range.contains(image)) continue;
        return {range.start, std::min(range.end(), mapped_by_boot.end()) - range.start};
    }
    return {};
}

} // namespace

hal::Discovered discover_machine(base::PhysicalAddress start_info, hal::BootInfo& out) {
    boot_info = &out;
    const auto start = read_start_info(start_info);
    if (!start) return std::unexpected(start.error());
    read_command_line(start->command_line, out);
    if (auto read = read_acpi({start->rsdp}, out); !read) return read;
    if (auto read = read_memory(*start, out); !read) return read;

    const base::PhysicalAddress image = hal::image_to_physical(kernel_image_start);
    const auto image_size = static_cast<std::uint64_t>(kernel_image_end - kernel_image_start);
    const bool fits = read_initrd(*start, out) &&
                      out.reserved.push_back({{image, image_size}, hal::ReservedFor::kernel}) &&
                      reserve_trampoline(out);
    out.early_window = early_window(image, out);
    if (!fits || out.early_window.is_empty())
        return loader_fault("the kernel is not in usable memory, or more is reserved than there is room for");
    return {};
}

const AcpiMachine& acpi_machine() { return machine; }

} // namespace platform

namespace hal {

PhysicalAddress image_to_physical(const void* address) {
    return {reinterpret_cast<std::uint64_t>(address) - platform::image_offset};
}

void print_firmware_tree(base::Sink sink) {
    platform::print_acpi_tables(platform::tables, {platform::view_memory}, sink);
}

} // namespace hal
