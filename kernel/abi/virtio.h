// Virtio as it lies in memory: registers, status bits and rings, which each of its drivers needs, in the
// kernel or in a program (virtio 1.2).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace abi::virtio {

static_assert(std::endian::native == std::endian::little, "virtio's numbers are little-endian");

/// Offsets of the registers of virtio over memory-mapped registers (4.2.2), all of 32 bits. A Device object
/// has these for its program, however the kernel itself reaches the device.
enum class Register : std::uint32_t {
    magic_value = 0x000,
    version = 0x004,
    device_type = 0x008,
    device_features = 0x010,
    device_features_select = 0x014,
    driver_features = 0x020,
    driver_features_select = 0x024,
    queue_select = 0x030,
    queue_size_max = 0x034,
    queue_size = 0x038,
    queue_ready = 0x044,
    queue_notify = 0x050,
    interrupt_status = 0x060,
    interrupt_acknowledge = 0x064,
    device_status = 0x070,
    queue_descriptors = 0x080, ///< Addresses are pairs: the low half, then the high one.
    queue_descriptors_high = 0x084,
    queue_driver = 0x090,
    queue_driver_high = 0x094,
    queue_device = 0x0a0,
    queue_device_high = 0x0a4,
    generation = 0x0fc,
    configuration = 0x100, ///< The device type's own, in their own widths.
};

inline constexpr std::uint32_t magic = 0x74726976; ///< "virt"
inline constexpr std::uint32_t modern_version = 2;
/// Bits of interrupt_status.
inline constexpr std::uint32_t queues_interrupt = 1, configuration_interrupt = 2;

/// Device status bits (2.1).
namespace status {
inline constexpr std::uint8_t acknowledge = 1;
inline constexpr std::uint8_t driver = 2;
inline constexpr std::uint8_t driver_ok = 4;
inline constexpr std::uint8_t features_ok = 8;
inline constexpr std::uint8_t needs_reset = 64;
inline constexpr std::uint8_t failed = 128;
} // namespace status

/// Feature bits that belong to no device type (6).
namespace feature {
inline constexpr std::uint64_t indirect_descriptors = std::uint64_t{1} << 28;
inline constexpr std::uint64_t event_index = std::uint64_t{1} << 29;
inline constexpr std::uint64_t version_1 = std::uint64_t{1} << 32;
inline constexpr std::uint64_t access_platform = std::uint64_t{1} << 33;
inline constexpr std::uint64_t ring_packed = std::uint64_t{1} << 34;
inline constexpr std::uint64_t order_platform = std::uint64_t{1} << 36;
} // namespace feature

// A split virtqueue's parts (2.7.5 to 2.7.8):
//
//     descriptors   Descriptor[size]                   one buffer each; a chain links several
//     available     flags, index, u16[size],  u16      the driver's: heads of new chains, used_event
//     used          flags, index, Used[size], u16      the device's: chains that are done, available_event

/// A number that both sides reach at any moment: each access happens once, as it is written.
template <class T>
class Shared {
public:
    T load() const { return const_cast<const volatile T&>(value_); }

    void store(T value) { const_cast<volatile T&>(value_) = value; }

private:
    T value_;
};

struct Descriptor {
    static constexpr std::uint16_t has_next = 1;
    static constexpr std::uint16_t device_writes = 2;
    static constexpr std::uint16_t is_indirect = 4; ///< It points at a table of descriptors.

    std::uint64_t address;
    std::uint32_t length;
    std::uint16_t flags;
    std::uint16_t next;
};

/// What both rings begin with: how many entries were ever put in, modulo 65,536.
struct RingHeader {
    /// As the driver's flag: no interrupt, please; as the device's: no notification.
    static constexpr std::uint16_t do_not_tell = 1;

    Shared<std::uint16_t> flags;
    Shared<std::uint16_t> index;
};

/// An entry of the used ring.
struct Used {
    Shared<std::uint32_t> id;     ///< The head of the chain that is done.
    Shared<std::uint32_t> length; ///< How many bytes of it the device wrote.
};

/// Whether whoever asked to be told of entry `event` must be, now that entries `old` up to `now` (not
/// included) were added. All run modulo 65,536 (2.7.10).
constexpr bool passes_event(std::uint16_t event, std::uint16_t now, std::uint16_t old) {
    return static_cast<std::uint16_t>(now - event - 1) < static_cast<std::uint16_t>(now - old);
}

} // namespace abi::virtio
