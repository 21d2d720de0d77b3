// malloc, free, new and delete: one heap for all threads, in memory mapped when it is needed.
#include <algorithm>
#include <cstddef>
#include <new>

#include "user/lib/heap.h"
#include "user/lib/memory.h"
#include "user/lib/mutex.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

namespace {

std::span<std::byte> map_chunk(std::size_t size) {
    auto mapping = trivium::Mapping::create(size, trivium::right::read | trivium::right::write);
    if (!mapping) return {};
    const std::span<std::byte> bytes = mapping->bytes();
    mapping->release();
    return bytes;
}

constinit trivium::Heap heap(map_chunk);
constinit trivium::Mutex heap_mutex;

void* allocate(std::size_t size) {
    const trivium::Locked locked(heap_mutex);
    return heap.allocate(size);
}

/// A program that frees what it does not own is broken; going on would only break it elsewhere.
[[noreturn]] void refuse(const void* payload, trivium::Error error) {
    trivium::print_error("free({}): {}\n", payload, error);
    trivium::exit(134);
}

/// new without exceptions: there is nothing to do but to end.
void* allocate_or_end(std::size_t size) {
    if (void* payload = allocate(size); payload != nullptr) return payload;
    trivium::print_error("no memory for {} bytes\n", size);
    trivium::exit(134);
}

} // namespace

extern "C" {

void* malloc(std::size_t size) { return allocate(size); }

void free(void* payload) {
    if (payload == nullptr) return;
    const trivium::Locked locked(heap_mutex);
    if (const auto freed = heap.free(payload); !freed) refuse(payload, freed.error());
}

void* calloc(std::size_t count, std::size_t size) {
    std::size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) return nullptr;
    void* payload = allocate(total);
    return payload == nullptr ? nullptr : __builtin_memset(payload, 0, total);
}

void* realloc(void* payload, std::size_t size) {
    if (payload == nullptr) return allocate(size);
    const std::size_t usable = trivium::Heap::usable_size(payload);
    if (size <= usable) return payload;
    void* larger = allocate(size);
    if (larger == nullptr) return nullptr;
    __builtin_memcpy(larger, payload, usable);
    free(payload);
    return larger;
}

} // extern "C"

void* operator new(std::size_t size) { return allocate_or_end(size); }

void* operator new[](std::size_t size) { return allocate_or_end(size); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }

void operator delete(void* payload) noexcept { free(payload); }

void operator delete[](void* payload) noexcept { free(payload); }

void operator delete(void* payload, std::size_t) noexcept { free(payload); }

void operator delete[](void* payload, std::size_t) noexcept { free(payload); }
