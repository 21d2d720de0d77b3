// Memory: mappings in this process's address space, and memory objects that can be shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "user/lib/handle.h"

namespace trivium {

inline constexpr std::uint64_t page_size = 4096;

constexpr std::uint64_t whole_pages(std::uint64_t size) { return (size + page_size - 1) & ~(page_size - 1); }

/// Mapped pages, unmapped when their owner goes.
class Mapping {
public:
    Mapping() = default;

    Mapping(Mapping&& other) noexcept
        : address_(std::exchange(other.address_, 0)), size_(std::exchange(other.size_, 0)) {}

    Mapping& operator=(Mapping&& other) noexcept {
        std::swap(address_, other.address_);
        std::swap(size_, other.size_);
        return *this;
    }

    ~Mapping() {
        if (size_ != 0) (void)call::unmap(address_, size_);
    }

    /// Maps at least `size` bytes where there is room: zeroed pages, which appear when they are first
    /// touched, or those of a memory object from `offset` on. Errors as of the system call.
    static Result<Mapping> create(std::uint64_t size, Rights rights, Handle memory = {},
                                  std::uint64_t offset = 0) {
        const auto address = call::map(0, whole_pages(size), rights, memory, offset);
        if (!address) return std::unexpected(address.error());
        return Mapping(*address, whole_pages(size));
    }

    /// Unmaps the first page: from then on it guards what lies behind it.
    Result<void> give_up_first_page() {
        if (const auto done = call::unmap(address_, page_size); !done) return done;
        address_ += page_size;
        size_ -= page_size;
        return {};
    }

    std::uint64_t address() const { return address_; }

    std::uint64_t size() const { return size_; }

    std::span<std::byte> bytes() const { return {reinterpret_cast<std::byte*>(address_), size_}; }

    /// Leaves the pages mapped for ever.
    void release() { address_ = size_ = 0; }

private:
    Mapping(std::uint64_t address, std::uint64_t size) : address_(address), size_(size) {}

    std::uint64_t address_ = 0;
    std::uint64_t size_ = 0;
};

/// A memory object of this process's own making.
class Memory {
public:
    /// `size` zeroed bytes. Error::out_of_memory, Error::limit_reached.
    static Result<Memory> create(std::uint64_t size) {
        const auto handle = call::create(abi::ObjectType::memory, size);
        if (!handle) return std::unexpected(handle.error());
        return Memory(Owned(*handle), size);
    }

    /// All of it, mapped.
    Result<Mapping> map(Rights rights) const { return Mapping::create(size_, rights, handle_.get()); }

    Handle handle() const { return handle_.get(); }

    std::uint64_t size() const { return size_; }

private:
    Memory(Owned handle, std::uint64_t size) : handle_(std::move(handle)), size_(size) {}

    Owned handle_;
    std::uint64_t size_;
};

} // namespace trivium
