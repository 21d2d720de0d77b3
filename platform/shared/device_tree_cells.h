// A property's value as a row of big-endian 32-bit cells (Devicetree Specification 2.2.4).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace platform {

inline constexpr std::size_t cell_size = 4;

/// Views a property's bytes as cells; those that do not fill a last cell are ignored. Owns nothing.
class Cells {
public:
    constexpr Cells() = default;

    constexpr explicit Cells(std::span<const std::byte> bytes) : bytes_(bytes) {}

    constexpr std::size_t size() const { return bytes_.size() / cell_size; }

    constexpr bool empty() const { return size() == 0; }

    /// One cell; `index` must be below size(). Read by bytes: a value is aligned to 4, and on some CPUs not
    /// even that may be relied on.
    constexpr std::uint32_t operator[](std::size_t index) const {
        std::uint32_t value = 0;
        for (const std::byte byte : bytes_.subspan(index * cell_size, cell_size))
            value = value << 8 | std::to_integer<std::uint32_t>(byte);
        return value;
    }

    /// The first `count` cells, or all when there are fewer.
    constexpr Cells first(std::size_t count) const {
        return Cells(bytes_.first(std::min(count * cell_size, bytes_.size())));
    }

    /// What follows the first `count` cells.
    constexpr Cells behind(std::size_t count) const {
        return Cells(bytes_.subspan(std::min(count * cell_size, bytes_.size())));
    }

    /// All cells as one number, the most significant first; of more than two cells the last two count.
    constexpr std::uint64_t number() const {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size(); ++i) value = value << 32 | (*this)[i];
        return value;
    }

private:
    std::span<const std::byte> bytes_{};
};

} // namespace platform
