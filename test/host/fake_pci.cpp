// Implements the PCI driver's way to configuration space, and message interrupts, over plain values.
#include "test/host/fake_pci.h"

#include <doctest/doctest.h>

#include <map>
#include <utility>

#include "driver/pci/configuration.h"

namespace offset = driver::pci::offset;

namespace {

std::map<std::uintptr_t, fake::PciFunction> functions; // By the address of their configuration space.
std::vector<std::uint32_t> requesters;
std::size_t message_limit = 0;

} // namespace

namespace fake {

PciFunction::PciFunction(std::uint16_t vendor, std::uint16_t device_id) {
    set(offset::vendor, vendor).set(offset::device_id, device_id);
    make_writable<std::uint16_t>(offset::command, 0x0547);
}

PciFunction& PciFunction::bar32(unsigned index, std::uint32_t size, std::uint32_t address) {
    const auto place = static_cast<std::uint16_t>(offset::first_bar + 4 * index);
    return set(place, address).make_writable(place, -size);
}

PciFunction& PciFunction::bar64(unsigned index, std::uint64_t size, bool prefetchable) {
    const auto place = static_cast<std::uint16_t>(offset::first_bar + 4 * index);
    return set<std::uint64_t>(place, prefetchable ? 0xc : 0x4).make_writable(place, -size);
}

PciFunction& PciFunction::io_bar(unsigned index, std::uint32_t address) {
    return set(static_cast<std::uint16_t>(offset::first_bar + 4 * index), address | 1);
}

PciFunction& PciFunction::bridge(std::uint8_t secondary_bus) {
    return set<std::uint8_t>(offset::header_type, 1).set(offset::secondary_bus, secondary_bus);
}

PciFunction& PciFunction::capability(std::uint8_t place, std::uint8_t id, std::uint16_t rest,
                                     std::initializer_list<std::uint32_t> words) {
    set<std::uint16_t>(offset::status, driver::pci::status_has_capabilities);
    set(place, id).set<std::uint8_t>(place + 1, get<std::uint8_t>(offset::capabilities));
    set(place + 2, rest).make_writable<std::uint16_t>(place + 2, 0xc000);
    set(offset::capabilities, place);
    std::uint16_t next = place + 4;
    for (const std::uint32_t word : words) set(std::exchange(next, next + 4), word);
    return *this;
}

std::uint32_t PciFunction::read(std::uint16_t place, unsigned bytes) const {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= std::uint32_t{bytes_.at(place + i)} << 8 * i;
    return value;
}

/// While a function answers to memory accesses, its BARs stay as they are.
void PciFunction::write(std::uint16_t place, unsigned bytes, std::uint32_t value) {
    if (place >= offset::first_bar && place < offset::first_bar + 24)
        CHECK((get<std::uint16_t>(offset::command) & driver::pci::command_memory) == 0);
    for (unsigned i = 0; i < bytes; ++i) {
        const std::uint8_t mask = writable_.at(place + i);
        const auto fresh = static_cast<std::uint8_t>(value >> 8 * i);
        bytes_.at(place + i) = static_cast<std::uint8_t>((bytes_[place + i] & ~mask) | (fresh & mask));
    }
}

PciFunction& PciFunction::put(std::uint16_t place, unsigned bytes, std::uint64_t value, Bytes& where) {
    for (unsigned i = 0; i < bytes; ++i) where.at(place + i) = static_cast<std::uint8_t>(value >> 8 * i);
    return *this;
}

PciMachine::PciMachine() {
    host_.windows.push_back({.range = window32, .bus_address = window32.start.value});
    host_.windows.push_back(
        {.range = window64, .bus_address = 0x40'0000'0000, .prefetchable = true, .is_64_bit = true});
    driver::pci::forget_places();
    functions.clear();
    requesters.clear();
    message_limit = 100;
}

PciMachine::~PciMachine() { functions.clear(); }

PciFunction& PciMachine::plug(std::uint8_t bus, std::uint8_t device, std::uint8_t function,
                              std::uint16_t vendor, std::uint16_t device_id) {
    const std::uint64_t place = std::uint64_t{bus} << 20 | device << 15 | function << 12;
    const std::uintptr_t address = hal::to_virtual(host_.configuration.start + place).value;
    return functions.insert_or_assign(address, PciFunction(vendor, device_id)).first->second;
}

std::vector<std::uint32_t>& message_requesters() { return requesters; }

void limit_messages(std::size_t count) { message_limit = count; }

} // namespace fake

namespace driver::pci {

std::uint32_t Function::read_bytes(std::uint16_t offset, unsigned bytes) const {
    const auto found = functions.find(configuration_);
    return found == functions.end() ? ~0u >> (32 - 8 * bytes) : found->second.read(offset, bytes);
}

void Function::write_bytes(std::uint16_t offset, unsigned bytes, std::uint32_t value) const {
    const auto found = functions.find(configuration_);
    if (found != functions.end()) found->second.write(offset, bytes, value);
}

} // namespace driver::pci

std::expected<hal::MessageInterrupt, abi::Error> hal::allocate_message_interrupt(std::uint32_t requester) {
    if (message_limit == 0) return std::unexpected(abi::Error::unsupported);
    if (requesters.size() == message_limit) return std::unexpected(abi::Error::out_of_memory);
    const auto number = static_cast<std::uint32_t>(requesters.size());
    requesters.push_back(requester);
    return MessageInterrupt{.line = {.number = 100 + number, .edge_triggered = true},
                            .address = {0x1'2345'6780},
                            .data = 0x1000 + number};
}
