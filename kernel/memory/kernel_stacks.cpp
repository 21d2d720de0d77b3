// The window of kernel stacks.
#include "kernel/memory/kernel_stacks.h"

#include <new>

#include "hal/image.h"
#include "hal/smp.h"
#include "kernel/memory/kernel_space.h"

namespace memory {
namespace {

constexpr base::VirtualAddress window{0xffff'ffff'c000'0000};
constexpr std::uint64_t size = hal::kernel_stack_size;

constinit std::uint32_t made = 0; // CPUs 1 to this one have stacks.

base::VirtualAddress stack_of(std::uint32_t cpu) { return window + (cpu - 1) * 4 * size + size; }

base::VirtualAddress emergency_stack_of(std::uint32_t cpu) { return stack_of(cpu) + 2 * size; }

std::expected<void, abi::Error> map_stack(base::VirtualAddress at) {
    for (std::uint64_t done = 0; done < size; done += base::page_size) {
        const auto frame = frames().allocate();
        if (!frame) return std::unexpected(frame.error());
        const auto mapped = kernel_table().map(at + done, *frame, base::page_size,
                                               {.writable = true, .global = true}, Leaves::pages);
        if (!mapped) return mapped;
    }
    return {};
}

hal::CpuLocal* place(base::VirtualAddress stack, const hal::CpuLocal& local) {
    return new (reinterpret_cast<void*>(stack.value)) hal::CpuLocal(local);
}

std::uintptr_t end_if_inside(std::uintptr_t address, std::uintptr_t start, std::uintptr_t end) {
    return address >= start && address <= end ? end : 0;
}

std::uintptr_t value(const char* symbol) { return reinterpret_cast<std::uintptr_t>(symbol); }

} // namespace

std::expected<hal::CpuLocal*, abi::Error> create_kernel_stacks(std::uint32_t index) {
    for (const base::VirtualAddress stack : {stack_of(index), emergency_stack_of(index)})
        if (const auto mapped = map_stack(stack); !mapped) return std::unexpected(mapped.error());
    made = index;
    const hal::CpuLocal local{.index = index,
                              .emergency_stack_end = (emergency_stack_of(index) + size).value};
    place(emergency_stack_of(index), local); // On either stack the CPU finds out who it is.
    return place(stack_of(index), local);
}

std::uintptr_t kernel_stack_end(std::uintptr_t address) {
    if (const auto end = end_if_inside(address, value(kernel_boot_stack_start), value(kernel_boot_stack_end)))
        return end;
    if (const auto end =
            end_if_inside(address, value(kernel_emergency_stack_start), value(kernel_emergency_stack_end)))
        return end;
    for (std::uint32_t cpu = 1; cpu <= made; ++cpu)
        for (const base::VirtualAddress stack : {stack_of(cpu), emergency_stack_of(cpu)})
            if (const auto end = end_if_inside(address, stack.value, (stack + size).value)) return end;
    return 0;
}

} // namespace memory
