// A split virtqueue's parts as they lie in memory (virtio 1.2, 2.7.5 to 2.7.8); all numbers are
// little-endian.
//
//     descriptors   Descriptor[size]                   one buffer each; a chain links several
//     available     flags, index, u16[size],  u16      the driver's: heads of new chains, used_event
//     used          flags, index, Used[size], u16      the device's: chains that are done, available_event
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace driver::virtio {

static_assert(std::endian::native == std::endian::little);

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

} // namespace driver::virtio
