// Base address registers: how large the memory behind one is, and where it lies (PCI Express 5.0, 7.5.1.2.1).
#include <algorithm>
#include <array>
#include <bit>

#include "driver/pci/configuration.h"
#include "driver/pci/pci.h"
#include "kernel/base/log.h"
#include "kernel/device/dma.h"

namespace driver::pci {
namespace {

constexpr unsigned bars_of_a_device = 6;
constexpr unsigned bars_of_a_bridge = 2;

constexpr std::uint32_t bar_is_io = 1 << 0;
constexpr std::uint32_t bar_width_mask = 3 << 1;
constexpr std::uint32_t bar_width_64 = 2 << 1;
constexpr std::uint32_t bar_prefetchable = 1 << 3;
constexpr std::uint64_t bar_address_mask = ~std::uint64_t{0xf};

/// A BAR as it is found; its address is as the bus knows it, 0 when it was never given one.
struct Bar {
    std::uint16_t register_offset = 0;
    bool is_64_bit = false;
    bool prefetchable = false;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};

/// What has been given out of each window of a host.
struct Given {
    const hal::PciHost* host = nullptr;
    std::array<std::uint64_t, decltype(hal::PciHost::windows)::capacity()> bytes{};
};

constinit base::StaticVector<Given, decltype(hal::BootInfo::pci_hosts)::capacity()> given_list;

/// Keeps a function from answering at addresses that are being changed.
class DecodingOff {
public:
    explicit DecodingOff(const Function& function)
        : function_(function), before_(function.read<std::uint16_t>(offset::command)) {
        function_.write<std::uint16_t>(offset::command, before_ & ~command_memory);
    }

    DecodingOff(const DecodingOff&) = delete;

    ~DecodingOff() { function_.write(offset::command, before_); }

private:
    const Function& function_;
    std::uint16_t before_;
};

std::uint64_t read_pair(const Function& function, const Bar& bar) {
    const std::uint64_t low = function.read<std::uint32_t>(bar.register_offset);
    return bar.is_64_bit ? low | std::uint64_t{function.read<std::uint32_t>(bar.register_offset + 4)} << 32
                         : low;
}

void write_pair(const Function& function, const Bar& bar, std::uint64_t value) {
    function.write(bar.register_offset, static_cast<std::uint32_t>(value));
    if (bar.is_64_bit) function.write(bar.register_offset + 4, static_cast<std::uint32_t>(value >> 32));
}

/// The address bits that the device can hold are those that decide between its own places: the lowest is the
/// size.
void measure(const Function& function, Bar& bar) {
    const DecodingOff off(function);
    write_pair(function, bar, ~std::uint64_t{0});
    const std::uint64_t held = read_pair(function, bar) & bar_address_mask;
    write_pair(function, bar, bar.address);
    bar.size = held & -held;
}

std::uint16_t register_of(unsigned index) {
    return static_cast<std::uint16_t>(offset::first_bar + 4 * index);
}

bool is_wide(std::uint32_t low) { return (low & (bar_is_io | bar_width_mask)) == bar_width_64; }

/// Whether the register is not a BAR but the second half of the one before.
bool is_upper_half(const Function& function, unsigned index) {
    unsigned first = 0;
    while (first < index) first += is_wide(function.read<std::uint32_t>(register_of(first))) ? 2 : 1;
    return first > index;
}

/// Nothing for a BAR that is not there, is of I/O ports, or says that it goes on behind the last.
std::optional<Bar> find_bar(const Function& function, unsigned index) {
    const auto kind = function.read<std::uint8_t>(offset::header_type) & header_kind_mask;
    const unsigned count = kind == header_kind_bridge ? bars_of_a_bridge : bars_of_a_device;
    if (index >= count || is_upper_half(function, index)) return {};
    const auto low = function.read<std::uint32_t>(register_of(index));
    Bar bar{.register_offset = register_of(index),
            .is_64_bit = is_wide(low),
            .prefetchable = (low & bar_prefetchable) != 0};
    if (low & bar_is_io || (bar.is_64_bit && index + 1 == count)) return {};
    bar.address = read_pair(function, bar) & bar_address_mask;
    measure(function, bar);
    return bar.size == 0 ? std::nullopt : std::optional(bar);
}

Given* given_of(const hal::PciHost& host) {
    for (Given& given : given_list)
        if (given.host == &host) return &given;
    return given_list.push_back({.host = &host}) ? &given_list.back() : nullptr;
}

/// A BAR of 32 bits cannot hold every address of a 64-bit window, and registers whose reads have side effects
/// must not lie where reads may be made ahead of time.
bool suits(const hal::PciWindow& window, const Bar& bar) {
    return (bar.is_64_bit || !window.is_64_bit) && (bar.prefetchable || !window.prefetchable);
}

/// Takes a place for the BAR from the windows, aligned to its size, and to a page, so that it is mapped
/// alone. Firmware that has assigned no address is taken to have assigned none at all.
std::optional<std::uint64_t> take_place(const hal::PciHost& host, const Bar& bar) {
    Given* given = given_of(host);
    for (std::size_t i = 0; given && i < host.windows.size(); ++i) {
        const hal::PciWindow& window = host.windows[i];
        if (!suits(window, bar)) continue;
        const std::uint64_t alignment = std::max(bar.size, base::page_size);
        const std::uint64_t first = std::max(window.bus_address + given->bytes[i], base::page_size);
        const std::uint64_t place = base::align_up(first, alignment);
        const std::uint64_t used = place - window.bus_address;
        if (place < first || used > window.range.size || bar.size > window.range.size - used) continue;
        given->bytes[i] = used + bar.size;
        return place;
    }
    return {};
}

/// Where the CPU sees an address of the bus; a host without windows passes all on as they are.
std::optional<base::PhysicalAddress> seen_by_cpu(const hal::PciHost& host, std::uint64_t address,
                                                 std::uint64_t size) {
    if (address == 0) return {};
    if (host.windows.empty()) return base::PhysicalAddress{address};
    for (const hal::PciWindow& window : host.windows)
        if (base::PhysicalRange{{window.bus_address}, window.range.size}.contains({{address}, size}))
            return window.range.start + (address - window.bus_address);
    return {};
}

} // namespace

std::expected<base::PhysicalRange, Error> Function::map_bar(unsigned index) const {
    auto bar = find_bar(*this, index);
    if (!bar) return std::unexpected(Error::not_found);
    auto start = seen_by_cpu(*host_, bar->address, bar->size);
    if (!start) {
        const auto place = take_place(*host_, *bar);
        if (!place) return std::unexpected(Error::out_of_memory);
        const DecodingOff off(*this);
        write_pair(*this, *bar, *place);
        start = seen_by_cpu(*host_, *place, bar->size);
    }
    const base::PhysicalRange range{*start, bar->size};
    if (const auto mapped = device::map_registers(range); !mapped) return std::unexpected(mapped.error());
    return range;
}

void forget_places() { given_list.clear(); }

} // namespace driver::pci
