// Reads the symbols of linker.ld.
#include "kernel/memory/kernel_image.h"

#include "hal/image.h"
#include "hal/mmu.h"

namespace memory {
namespace {

ImagePart part(std::string_view name, const char* start, const char* end, base::PageAttributes attributes) {
    const auto first = reinterpret_cast<std::uintptr_t>(start), last = reinterpret_cast<std::uintptr_t>(end);
    return {name,
            {first},
            base::align_up(last, base::page_size) - first,
            hal::image_to_physical(start),
            attributes};
}

} // namespace

KernelImage kernel_image() {
    constexpr base::PageAttributes code{.executable = true, .global = true};
    constexpr base::PageAttributes constants{.global = true};
    constexpr base::PageAttributes variables{.writable = true, .global = true};
    return {part("text", kernel_text_start, kernel_text_end, code),
            part("rodata", kernel_rodata_start, kernel_rodata_end, constants),
            part("data", kernel_data_start, kernel_data_end, variables),
            part("boot stack", kernel_boot_stack_start, kernel_boot_stack_end, variables),
            part("emergency stack", kernel_emergency_stack_start, kernel_emergency_stack_end, variables)};
}

} // namespace memory
