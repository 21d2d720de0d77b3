// How a function interrupts: by its pin, over a line that it may share, or by messages of its own.
#include "hal/interrupt.h"
#include "driver/pci/configuration.h"
#include "driver/pci/pci.h"
#include "driver/pci/registers.h"
#include "hal/mmu.h"

namespace driver::pci {
namespace {

// The MSI-X capability, and an entry of the table that it points at (7.7.2).
namespace msix {
constexpr std::uint16_t control = 0x2;
constexpr std::uint16_t table = 0x4; ///< Which BAR, in the low three bits, and where in it.
constexpr std::uint16_t control_enable = 1 << 15;
constexpr std::uint16_t control_mask_all = 1 << 14;
constexpr std::uint16_t control_last_entry = 0x7ff;
constexpr std::uint32_t table_bar_mask = 7;

constexpr std::uint64_t entry_size = 16;
constexpr std::uint64_t entry_address = 0;
constexpr std::uint64_t entry_data = 8;
constexpr std::uint64_t entry_control = 12; ///< Bit 0: masked.
} // namespace msix

constexpr std::uint8_t no_line = 0xff;

/// One line and all who listen to it.
struct SharedLine {
    struct Listener {
        device::InterruptHandler handler = nullptr;
        void* context = nullptr;
    };

    hal::InterruptLine line{};
    base::StaticVector<Listener, 32> listeners;
};

constinit base::StaticVector<SharedLine, 8> shared_lines;

SharedLine* find_shared(hal::InterruptLine line) {
    for (SharedLine& shared : shared_lines)
        if (shared.line == line) return &shared;
    return nullptr;
}

void on_shared_interrupt(void* context) {
    for (const auto& listener : static_cast<SharedLine*>(context)->listeners)
        listener.handler(listener.context);
}

/// Entry `vector` of the function's MSI-X table, made reachable.
std::expected<Registers, Error> find_entry(const Function& function, std::uint16_t capability,
                                           std::uint16_t vector) {
    const auto control = function.read<std::uint16_t>(capability + msix::control);
    if (vector > (control & msix::control_last_entry)) return std::unexpected(Error::unsupported);
    const auto table = function.read<std::uint32_t>(capability + msix::table);
    const auto bar = function.map_bar(table & msix::table_bar_mask);
    if (!bar) return std::unexpected(bar.error());
    const std::uint64_t place = (table & ~msix::table_bar_mask) + vector * msix::entry_size;
    if (place > bar->size || bar->size - place < msix::entry_size) return std::unexpected(Error::corrupt);
    return Registers(hal::to_virtual(bar->start + place), msix::entry_size);
}

void write_entry(const Registers& entry, const hal::MessageInterrupt& message) {
    entry.write(msix::entry_address, static_cast<std::uint32_t>(message.address.value));
    entry.write(msix::entry_address + 4, static_cast<std::uint32_t>(message.address.value >> 32));
    entry.write(msix::entry_data, message.data);
    entry.write(msix::entry_control, std::uint32_t{0});
}

} // namespace

/// Where nobody lists routes, firmware has left the controller's number of the line in the function itself
/// (7.5.1.2.5). Pins are wired to routers that keep them level-triggered, and such lines active high.
std::expected<hal::InterruptLine, Error> Function::legacy_interrupt() const {
    const auto pin = read<std::uint8_t>(offset::interrupt_pin);
    const auto line = read<std::uint8_t>(offset::interrupt_line);
    if (pin == 0) return std::unexpected(Error::not_found);
    for (const hal::PciRoute& route : host_->routes)
        if (bus_ == host_->first_bus && route.device == device_ && route.pin == pin) return route.line;
    if (!host_->routes.empty() || line == 0 || line == no_line) return std::unexpected(Error::not_found);
    return hal::InterruptLine{.number = line};
}

std::expected<hal::InterruptLine, Error> Function::enable_message_interrupt(std::uint16_t vector) const {
    const auto capability = find_capability(capability_msix);
    if (!capability) return std::unexpected(Error::unsupported);
    const auto entry = find_entry(*this, *capability, vector);
    if (!entry) return std::unexpected(entry.error());
    const auto message = hal::allocate_message_interrupt(requester());
    if (!message) return std::unexpected(message.error());
    write_entry(*entry, *message);
    const auto control = read<std::uint16_t>(*capability + msix::control) & ~msix::control_mask_all;
    write<std::uint16_t>(*capability + msix::control, control | msix::control_enable);
    write<std::uint16_t>(offset::command, read<std::uint16_t>(offset::command) | command_no_pin);
    return message->line;
}

std::expected<void, Error> share_line(hal::InterruptLine line, device::InterruptHandler handler,
                                      void* context) {
    if (SharedLine* const known = find_shared(line)) {
        if (known->listeners.push_back({handler, context})) return {};
        return std::unexpected(Error::out_of_memory);
    }
    if (!shared_lines.push_back({line, {}})) return std::unexpected(Error::out_of_memory);
    SharedLine& fresh = shared_lines.back();
    fresh.listeners.push_back({handler, context});
    const auto attached = device::attach(line, "pci pins", on_shared_interrupt, &fresh);
    if (!attached) shared_lines.erase(shared_lines.size() - 1);
    return attached;
}

} // namespace driver::pci
