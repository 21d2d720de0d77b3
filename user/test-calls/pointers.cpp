// Lays out memory so that each kind of pointer can be made.
#include "user/test-calls/pointers.h"

namespace test {

using namespace trivium;

namespace {

constexpr std::uint64_t kernel_address = 0xffff'ffff'8000'0000;
constexpr std::uint64_t last_bytes = ~std::uint64_t{0} - 63;

} // namespace

Result<Pointers> Pointers::create() {
    Pointers pointers;
    auto writable = Mapping::create(3 * page_size, right::read | right::write);
    if (!writable) return std::unexpected(writable.error());
    pointers.writable_ = std::move(*writable);
    const auto unmapped = call::unmap(pointers.good() + 2 * page_size, page_size);
    if (!unmapped) return std::unexpected(unmapped.error());
    auto read_only = Mapping::create(page_size, right::read);
    if (!read_only) return std::unexpected(read_only.error());
    pointers.read_only_ = std::move(*read_only);
    return pointers;
}

std::array<Range, 9> Pointers::of_each_kind(std::uint64_t size) const {
    const std::uint64_t end = good() + 2 * page_size;
    return {{
        {"good", good(), size, true, true},
        {"read-only", read_only_.address(), size, true, false},
        {"null", 0, size, false, false},
        {"kernel", kernel_address, size, false, false, false},
        {"unmapped", end, size, false, false},
        {"half-mapped", end - size / 2, size, false, false},
        {"beyond user space", abi::highest_address - size / 2, size, false, false, false},
        {"wrapping address", last_bytes, size, false, false, false},
        {"wrapping length", good(), ~std::uint64_t{0} - 7, false, false, false},
    }};
}

} // namespace test
