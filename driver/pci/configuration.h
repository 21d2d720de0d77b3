// Where things lie in a function's configuration space (PCI Express 5.0, 7.5.1 and 7.7).
#pragma once

#include <cstdint>

namespace driver::pci {

namespace offset {
inline constexpr std::uint16_t vendor = 0x00;
inline constexpr std::uint16_t device_id = 0x02;
inline constexpr std::uint16_t command = 0x04;
inline constexpr std::uint16_t status = 0x06;
inline constexpr std::uint16_t header_type = 0x0e;
inline constexpr std::uint16_t first_bar = 0x10;
inline constexpr std::uint16_t secondary_bus = 0x19; ///< Of bridges alone.
inline constexpr std::uint16_t subsystem_id = 0x2e;
inline constexpr std::uint16_t capabilities = 0x34;
inline constexpr std::uint16_t interrupt_line = 0x3c;
inline constexpr std::uint16_t interrupt_pin = 0x3d;
} // namespace offset

inline constexpr std::uint16_t no_vendor = 0xffff;

inline constexpr std::uint16_t command_memory = 1 << 1;
inline constexpr std::uint16_t command_bus_master = 1 << 2;
inline constexpr std::uint16_t command_no_pin = 1 << 10;

inline constexpr std::uint16_t status_has_capabilities = 1 << 4;

inline constexpr std::uint8_t header_kind_mask = 0x7f; ///< 0: a device; 1: a bridge.
inline constexpr std::uint8_t header_kind_bridge = 1;
inline constexpr std::uint8_t header_many_functions = 0x80;

inline constexpr std::uint8_t capability_vendor = 0x09;
inline constexpr std::uint8_t capability_msix = 0x11;

} // namespace driver::pci
