// Sets up the translation service, and speaks to it in commands (IHI 0069, 5.3; registers in 12.19).
#include "platform/arm64/gic_its.h"

#include <array>

#include "platform/arm64/barrier.h"
#include "platform/arm64/cpu.h"
#include "platform/arm64/gic_lpi.h"

namespace platform::gic::its {
namespace {

namespace offset {
constexpr std::uint64_t control = 0x00000;
constexpr std::uint64_t type = 0x00008;
constexpr std::uint64_t queue_base = 0x00080;  // GITS_CBASER
constexpr std::uint64_t queue_write = 0x00088; // GITS_CWRITER
constexpr std::uint64_t queue_read = 0x00090;  // GITS_CREADR
constexpr std::uint64_t table_base = 0x00100;  // GITS_BASER<n>, eight of them
constexpr std::uint64_t translater = 0x1'0040;
} // namespace offset

constexpr std::uint64_t registers_size = 0x2'0000;
constexpr std::uint32_t control_enable = 1u << 0;
constexpr std::uint32_t control_quiescent = 1u << 31;
constexpr std::uint64_t type_physical_target = 1 << 19; // PTA
constexpr std::uint64_t valid = 1ul << 63;
constexpr std::uint64_t inner_shareable_write_back = 1ul << 10 | 7ul << 59;
constexpr std::uint64_t page_size_mask = 3 << 8; // GITS_BASER: 0 is 4 KiB.
constexpr unsigned table_count = 8;

enum class TableType : std::uint64_t { devices = 1, collections = 4 };

constexpr std::size_t page = 4096;
constexpr unsigned event_bits = 4;
constexpr std::uint32_t events_of_a_device = 1 << event_bits;
constexpr std::size_t event_table_size = 256; // Also its alignment; 16 bytes an event, the most there are.
constexpr std::uint64_t processor_shift = 16;
constexpr std::uint64_t redistributor_type = 0x08; // GICR_TYPER: the processor's number in 23:8
constexpr unsigned patience = 1'000'000;           // Polls until a command must be done.

using Command = std::array<std::uint64_t, 4>;

/// What the service is given, for ever.
struct alignas(page) Tables {
    std::array<std::byte, 4 * page> devices; // Flat: with 8 bytes an entry, those of the first 8 PCI buses.
    std::array<std::byte, page> collections;
    std::array<Command, page / sizeof(Command)> queue;
    std::array<std::array<std::byte, event_table_size>, 64> events;
};

struct Mapped {
    std::uint32_t device = 0;
    std::uint32_t event = 0;
};

struct KnownDevice {
    std::uint32_t id = 0;
    std::uint32_t events = 0;
};

constinit Tables tables{};
constinit RegisterBlock registers;
constinit base::PhysicalAddress translater; // Where devices write to; 0 while there is no service.
constinit std::uint32_t device_limit = 0;   // Devices from this number on have no entry in the table.
constinit std::uint64_t target = 0;         // The CPU, as commands name it.
constinit base::StaticVector<KnownDevice, 64> devices; // The index says which of Tables::events is its.
constinit base::StaticVector<Mapped, 256> mapped;      // The index says which LPI.

// Commands (5.3.6 to 5.3.19). The only collection is number 0.
Command map_device(std::uint32_t device, base::PhysicalAddress events) {
    return {0x08 | std::uint64_t{device} << 32, event_bits - 1, events.value | valid, 0};
}

Command map_collection() { return {0x09, 0, target | valid, 0}; }

Command map_event(const Mapped& event, std::uint32_t intid) {
    return {0x0a | std::uint64_t{event.device} << 32, event.event | std::uint64_t{intid} << 32, 0, 0};
}

Command forget_cached(const Mapped& event) {
    return {0x0c | std::uint64_t{event.device} << 32, event.event, 0, 0};
}

Command synchronize() { return {0x05, 0, target, 0}; }

/// Polls until it is so, for a bounded time.
bool wait_until(auto is_so) {
    for (unsigned poll = 0; poll < patience; ++poll) {
        if (is_so()) return true;
        Cpu::relax();
    }
    return false;
}

/// Puts commands into the queue, which is empty before and after.
bool run(std::initializer_list<Command> commands) {
    auto write = registers.read<std::uint64_t>(offset::queue_write);
    for (const Command& command : commands) {
        tables.queue[write / sizeof(Command)] = command;
        write = (write + sizeof(Command)) % sizeof(tables.queue);
    }
    Barrier::before_publish();
    registers.write(offset::queue_write, write);
    return wait_until([&] { return registers.read<std::uint64_t>(offset::queue_read) == write; });
}

std::uint64_t physical(const void* table) { return hal::image_to_physical(table).value; }

/// Tells the service where a table of its is; false when it cannot use pages of 4 KiB.
bool give_table(std::uint64_t base_register, const void* table, std::size_t size) {
    registers.write(base_register, valid | inner_shareable_write_back | physical(table) | (size / page - 1));
    return (registers.read<std::uint64_t>(base_register) & (valid | page_size_mask)) == valid;
}

bool give_tables() {
    for (unsigned i = 0; i < table_count; ++i) {
        const std::uint64_t base_register = offset::table_base + 8 * i;
        const auto description = registers.read<std::uint64_t>(base_register);
        const auto type = static_cast<TableType>(description >> 56 & 7);
        if (type == TableType::devices) {
            const std::size_t entry_size = (description >> 48 & 0x1f) + 1;
            device_limit = static_cast<std::uint32_t>(sizeof(tables.devices) / entry_size);
            if (!give_table(base_register, &tables.devices, sizeof(tables.devices))) return false;
        }
        if (type == TableType::collections &&
            !give_table(base_register, &tables.collections, sizeof(tables.collections)))
            return false;
    }
    return device_limit > 0;
}

/// How commands name the CPU of a redistributor frame: by the frame's address, or by a number that the frame
/// tells.
std::uint64_t target_of(base::PhysicalAddress redistributor) {
    if (registers.read<std::uint64_t>(offset::type) & type_physical_target) return redistributor.value;
    const auto type = RegisterBlock(redistributor).read<std::uint64_t>(redistributor_type);
    return (type >> 8 & 0xffff) << processor_shift;
}

/// The device's place in our list; the service hears of it the first time.
std::expected<KnownDevice*, abi::Error> know(std::uint32_t id) {
    for (KnownDevice& device : devices)
        if (device.id == id) return &device;
    if (id >= device_limit) return std::unexpected(abi::Error::unsupported);
    if (devices.full()) return std::unexpected(abi::Error::out_of_memory);
    const base::PhysicalAddress events{physical(&tables.events[devices.size()])};
    if (!run({map_device(id, events), synchronize()})) return std::unexpected(abi::Error::timed_out);
    devices.push_back({id});
    return &devices.back();
}

} // namespace

bool initialize(const hal::Device& device, base::PhysicalAddress redistributor) {
    if (device.registers.empty() || device.registers[0].size < registers_size) return false;
    registers = RegisterBlock(device.registers[0].start);
    registers.write32(offset::control, 0);
    if (!wait_until([] { return (registers.read32(offset::control) & control_quiescent) != 0; }))
        return false;
    if (!give_tables()) return false;
    registers.write(offset::queue_base, valid | inner_shareable_write_back | physical(&tables.queue));
    registers.write(offset::queue_write, std::uint64_t{0});
    registers.write32(offset::control, control_enable);
    target = target_of(redistributor);
    if (!run({map_collection(), synchronize()})) return false;
    translater = device.registers[0].start + offset::translater;
    return true;
}

std::expected<hal::MessageInterrupt, abi::Error> allocate(std::uint32_t device) {
    if (translater.value == 0) return std::unexpected(abi::Error::unsupported);
    const auto known = know(device);
    if (!known) return std::unexpected(known.error());
    if (mapped.full() || (*known)->events == events_of_a_device)
        return std::unexpected(abi::Error::out_of_memory);
    const Mapped event{device, (*known)->events};
    const auto intid = lpi::first + static_cast<std::uint32_t>(mapped.size());
    if (!run({map_event(event, intid), synchronize()})) return std::unexpected(abi::Error::timed_out);
    ++(*known)->events;
    mapped.push_back(event);
    return hal::MessageInterrupt{
        .line = {.number = intid, .edge_triggered = true}, .address = translater, .data = event.event};
}

bool has(std::uint32_t intid) { return intid >= lpi::first && intid - lpi::first < mapped.size(); }

void set_enabled(std::uint32_t intid, bool enabled) {
    lpi::set_enabled(intid, enabled);
    run({forget_cached(mapped[intid - lpi::first]), synchronize()});
}

} // namespace platform::gic::its
