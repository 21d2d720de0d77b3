// Accesses to configuration space in memory (PCI Express 5.0, 7.2.2). Apart from all else, so that the host's
// tests can put devices in its place.
#include "driver/pci/pci.h"

namespace driver::pci {
namespace {

template <class T>
volatile T& at(std::uintptr_t address) {
    return *reinterpret_cast<volatile T*>(address);
}

} // namespace

std::uint32_t Function::read_bytes(std::uint16_t offset, unsigned bytes) const {
    const std::uintptr_t address = configuration_ + offset;
    if (bytes == 1) return at<std::uint8_t>(address);
    if (bytes == 2) return at<std::uint16_t>(address);
    return at<std::uint32_t>(address);
}

void Function::write_bytes(std::uint16_t offset, unsigned bytes, std::uint32_t value) const {
    const std::uintptr_t address = configuration_ + offset;
    if (bytes == 1)
        at<std::uint8_t>(address) = static_cast<std::uint8_t>(value);
    else if (bytes == 2)
        at<std::uint16_t>(address) = static_cast<std::uint16_t>(value);
    else
        at<std::uint32_t>(address) = value;
}

} // namespace driver::pci
