// A heap in address order: every block knows its size, free ones are chained by address and joined with
// their neighbours.
//
//     chunk:  | header | payload … | header | payload … |        headers are 16 bytes; so payloads are
//     aligned free:     size, next ───────────> size, next … in use:   size, mark              so that
//     freeing what is not in use is found out
//
// Memory comes in chunks that double in size, so that few regions of the address space are used up. It is
// never given back. Not thread-safe: allocation.cpp holds a lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "user/lib/result.h"

namespace trivium {

class Heap {
public:
    /// Where memory comes from: at least `size` bytes, a multiple of the page size, aligned to 16. Empty when
    /// there are none.
    using Source = std::span<std::byte> (*)(std::size_t size);

    static constexpr std::size_t alignment = 16;
    static constexpr std::size_t first_chunk = 64 << 10;
    static constexpr std::size_t largest_chunk = 4 << 20; ///< Unless one allocation needs more.

    explicit constexpr Heap(Source source) : source_(source) {}

    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    /// At least `size` bytes, aligned to 16; null when there are none left.
    void* allocate(std::size_t size);

    /// Takes back what allocate() gave. Error::foreign for anything else, Error::already_freed for a second
    /// time; nothing is changed then.
    Result<void> free(void* payload);

    /// How much the holder of an allocation may use.
    static std::size_t usable_size(const void* payload);

    /// In free blocks, their headers included.
    std::size_t free_bytes() const;

private:
    struct Block {
        std::size_t size; ///< Header included.
        Block* next;      ///< Of free blocks; of those in use: in_use().
    };

    static_assert(sizeof(Block) == alignment);

    static Block* in_use();
    static Block* block_of(void* payload);
    Block* take(std::size_t size);
    void give(Block* block);
    bool grow(std::size_t size);

    Source source_;
    Block* first_free_ = nullptr;
    std::size_t next_chunk_ = first_chunk;
};

} // namespace trivium
