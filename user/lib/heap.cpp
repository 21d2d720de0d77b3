// First fit in address order; freed blocks join their neighbours at once.
#include "user/lib/heap.h"

#include <algorithm>
#include <functional>
#include <new>

namespace trivium {
namespace {

constexpr std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

constexpr std::size_t page = 4096;
/// More than any address space has, and small enough that rounding up does not overflow.
constexpr std::size_t most = std::size_t{1} << 48;

std::byte* address_of(void* block) { return static_cast<std::byte*>(block); }

} // namespace

/// An address that no free block can have.
Heap::Block* Heap::in_use() {
    return reinterpret_cast<Block*>(std::uintptr_t{0xa110'ca7e'd0b1'0c00}); // "allocated block"
}

Heap::Block* Heap::block_of(void* payload) { return static_cast<Block*>(payload) - 1; }

void* Heap::allocate(std::size_t size) {
    if (size > most) return nullptr;
    const std::size_t needed = round_up(std::max<std::size_t>(size, 1) + sizeof(Block), alignment);
    Block* block = take(needed);
    if (block == nullptr && grow(needed)) block = take(needed);
    return block == nullptr ? nullptr : block + 1;
}

/// The first free block that is large enough; what it has too much stays free.
Heap::Block* Heap::take(std::size_t size) {
    for (Block** link = &first_free_; *link != nullptr; link = &(*link)->next) {
        Block* block = *link;
        if (block->size < size) continue;
        if (block->size - size > sizeof(Block)) {
            *link = new (address_of(block) + size) Block{block->size - size, block->next};
            block->size = size;
        } else {
            *link = block->next;
        }
        block->next = in_use();
        return block;
    }
    return nullptr;
}

Result<void> Heap::free(void* payload) {
    Block* block = block_of(payload);
    if (block->next == in_use()) {
        give(block);
        return {};
    }
    for (const Block* other = first_free_; other != nullptr; other = other->next)
        if (!std::less<>()(block, other) &&
            address_of(block) < address_of(const_cast<Block*>(other)) + other->size)
            return std::unexpected(Error::already_freed);
    return std::unexpected(Error::foreign);
}

/// Puts a block into the chain, at its place, and joins it with the one before and the one behind.
void Heap::give(Block* block) {
    Block* before = nullptr;
    Block* behind = first_free_;
    while (behind != nullptr && std::less<>()(behind, block)) {
        before = behind;
        behind = behind->next;
    }
    const auto touch = [](Block* left, Block* right) {
        return left != nullptr && right != nullptr && address_of(left) + left->size == address_of(right);
    };
    block->next = behind;
    if (touch(block, behind)) {
        block->size += behind->size;
        block->next = behind->next;
    }
    if (touch(before, block)) {
        before->size += block->size;
        before->next = block->next;
        return;
    }
    (before == nullptr ? first_free_ : before->next) = block;
}

bool Heap::grow(std::size_t size) {
    const std::span<std::byte> chunk = source_(round_up(std::max(size, next_chunk_), page));
    if (chunk.empty()) return false;
    next_chunk_ = std::min(next_chunk_ * 2, largest_chunk);
    give(new (chunk.data()) Block{chunk.size(), nullptr});
    return true;
}

std::size_t Heap::usable_size(const void* payload) {
    return block_of(const_cast<void*>(payload))->size - sizeof(Block);
}

std::size_t Heap::free_bytes() const {
    std::size_t total = 0;
    for (const Block* block = first_free_; block != nullptr; block = block->next) total += block->size;
    return total;
}

} // namespace trivium
