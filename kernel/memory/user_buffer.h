// A program's memory, as a system call's argument: the only way in which the kernel reads or writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <type_traits>

#include "kernel/memory/address_space.h"

namespace memory {

/// `size` bytes at `start` in a space. Nothing is dereferenced: each page is looked up in the page table, put
/// in place if it is to be there, and copied to or from through the direct map.
class UserBuffer {
public:
    UserBuffer(AddressSpace& space, VirtualAddress start, std::uint64_t size)
        : space_(space), start_(start), size_(size) {}

    std::uint64_t size() const { return size_; }

    /// Error::bad_address unless all of it lies in user space. What is mapped there is known only on access.
    std::expected<void, Error> check() const;

    /// The same, and that the program can read all of it.
    std::expected<void, Error> check_readable() const;

    /// Copies from offset `at` of the buffer on; what was copied before an error stays. Error::bad_address
    /// where the program itself could not read, or write; Error::out_of_memory, Error::limit_reached for a
    /// page that was still to come.
    std::expected<void, Error> read(std::uint64_t at, std::span<std::byte> out) const;
    std::expected<void, Error> write(std::uint64_t at, std::span<const std::byte> bytes) const;

private:
    AddressSpace& space_;
    VirtualAddress start_;
    std::uint64_t size_;
};

/// One value of plain bytes out of, or into, a program's memory. Most lie aligned in a single page.
template <class T>

requires std::is_trivially_copyable_v<T> std::expected<void, Error> read_value(AddressSpace& space,
                                                                               VirtualAddress at, T& value) {
    const bool is_whole =
        at.is_aligned(alignof(T)) && at.value % base::page_size <= base::page_size - sizeof(T);
    if (!is_whole)
        return UserBuffer(space, at, sizeof(T)).read(0, std::as_writable_bytes(std::span(&value, 1)));
    std::byte* place;
    const auto reached = space.reach(at, Access::read, place);
    if (reached) value = *static_cast<const T*>(static_cast<const void*>(place));
    return reached;
}

template <class T>

requires std::is_trivially_copyable_v<T> std::expected<T, Error> read_value(AddressSpace& space,
                                                                            VirtualAddress at) {
    T value;
    if (const auto read = read_value(space, at, value); !read) return std::unexpected(read.error());
    return value;
}

template <class T>

requires std::is_trivially_copyable_v<T> std::expected<void, Error>
write_value(AddressSpace& space, VirtualAddress at, const T& value) {
    return UserBuffer(space, at, sizeof(T)).write(0, std::as_bytes(std::span(&value, 1)));
}

} // namespace memory
