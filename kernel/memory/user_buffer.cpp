// Copies between the kernel and a program, page by page.
#include "kernel/memory/user_buffer.h"

#include <algorithm>

#include "kernel/abi/process.h"

namespace memory {
namespace {

/// Calls `copy(place, done, count)` for each page's share of a range, with its place in the direct map.
template <class Copy>
std::expected<void, Error> for_each_page(AddressSpace& space, VirtualAddress start, std::uint64_t size,
                                         Access access, Copy copy) {
    // [lab 8: reach a program's memory]
    for (std::uint64_t done = 0; done < size;) {
        const VirtualAddress at = start + done;
        const std::uint64_t count = std::min(size - done, base::page_size - at.value % base::page_size);
        std::byte* place;
        if (const auto reached = space.reach(at, access, place); !reached) return reached;
        copy(place, done, count);
        done += count;
    }
    return {};
    // [/lab]
}

} // namespace

std::expected<void, Error> UserBuffer::check() const {
    // [lab 8: reach a program's memory]
    if (size_ > abi::highest_address || start_.value > abi::highest_address - size_)
        return std::unexpected(Error::bad_address);
    return {};
    // [/lab]
}

std::expected<void, Error> UserBuffer::check_readable() const {
    if (const auto fine = check(); !fine) return fine;
    return for_each_page(space_, start_, size_, Access::read,
                         [](const std::byte*, std::uint64_t, std::uint64_t) {});
}

std::expected<void, Error> UserBuffer::read(std::uint64_t at, std::span<std::byte> out) const {
    if (const auto fine = check(); !fine) return fine;
    return for_each_page(space_, start_ + at, out.size(), Access::read,
                         [&](const std::byte* from, std::uint64_t done, std::uint64_t count) {
                             std::copy_n(from, count, out.data() + done);
                         });
}

std::expected<void, Error> UserBuffer::write(std::uint64_t at, std::span<const std::byte> bytes) const {
    if (const auto fine = check(); !fine) return fine;
    return for_each_page(space_, start_ + at, bytes.size(), Access::write,
                         [&](std::byte* to, std::uint64_t done, std::uint64_t count) {
                             std::copy_n(bytes.data() + done, count, to);
                         });
}

} // namespace memory
