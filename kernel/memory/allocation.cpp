// malloc and free, and C++'s new and delete, over the kernel's heap. All return null when memory is
// exhausted: the kernel is compiled with -fcheck-new, so that `new` then gives null instead of constructing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

#include "kernel/base/log.h"
#include "kernel/memory/heap.h"

extern "C" {

void* malloc(std::size_t size) { return memory::heap().allocate(size); }

void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return memory::heap().allocate(size, alignment);
}

void free(void* pointer) { memory::heap().free(pointer); }

void* calloc(std::size_t count, std::size_t size) {
    std::size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) return nullptr;
    auto* bytes = static_cast<std::byte*>(malloc(total));
    if (bytes) std::fill_n(bytes, total, std::byte{0});
    return bytes;
}

void* realloc(void* pointer, std::size_t size) {
    if (!pointer) return malloc(size);
    const auto usable = memory::heap().usable_size(pointer);
    if (!usable) base::panic("heap: cannot resize {}: {}", pointer, usable.error());
    if (size <= *usable) return pointer;
    auto* bytes = static_cast<std::byte*>(malloc(size));
    if (!bytes) return nullptr;
    std::copy_n(static_cast<std::byte*>(pointer), *usable, bytes);
    free(pointer);
    return bytes;
}

} // extern "C"

void* operator new(std::size_t size) noexcept { return malloc(size); }

void* operator new[](std::size_t size) noexcept { return malloc(size); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return malloc(size); }

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return malloc(size); }

void* operator new(std::size_t size, std::align_val_t alignment) noexcept {
    return aligned_alloc(static_cast<std::size_t>(alignment), size);
}

void* operator new[](std::size_t size, std::align_val_t alignment) noexcept {
    return aligned_alloc(static_cast<std::size_t>(alignment), size);
}

void operator delete(void* pointer) noexcept { free(pointer); }

void operator delete[](void* pointer) noexcept { free(pointer); }

void operator delete(void* pointer, std::size_t) noexcept { free(pointer); }

void operator delete[](void* pointer, std::size_t) noexcept { free(pointer); }

void operator delete(void* pointer, std::align_val_t) noexcept { free(pointer); }

void operator delete[](void* pointer, std::align_val_t) noexcept { free(pointer); }

void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept { free(pointer); }

void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept { free(pointer); }
