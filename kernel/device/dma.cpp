// Memory for devices: frames for what they read and write, mappings for their registers.
#include "kernel/device/dma.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "hal/mmu.h"
#include "kernel/base/log.h"
#include "kernel/memory/frames.h"
#include "kernel/memory/kernel_space.h"

namespace device {
namespace {

unsigned order_for(std::size_t size) {
    const std::uint64_t frames = (size >> base::page_shift) + (size % base::page_size != 0);
    return static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(frames, 1) - 1));
}

} // namespace

std::expected<DmaMemory, abi::Error> DmaMemory::allocate(std::size_t size) {
    const unsigned order = order_for(size);
    const auto frames = memory::frames().allocate(order);
    if (!frames) return std::unexpected(frames.error());
    DmaMemory memory;
    memory.physical_ = *frames;
    memory.bytes_ = {hal::direct<std::byte>(*frames), base::page_size << order};
    std::fill_n(memory.bytes_.data(), memory.bytes_.size(), std::byte{0});
    return memory;
}

DmaMemory::DmaMemory(DmaMemory&& other) noexcept
    : physical_(std::exchange(other.physical_, {})), bytes_(std::exchange(other.bytes_, {})) {}

DmaMemory& DmaMemory::operator=(DmaMemory&& other) noexcept {
    std::swap(physical_, other.physical_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

DmaMemory::~DmaMemory() {
    if (bytes_.empty()) return;
    const auto freed = memory::frames().free(physical_);
    if (!freed) base::panic("dma: frames at {} cannot be freed: {}", physical_, freed.error());
}

std::expected<base::VirtualAddress, abi::Error> map_registers(base::PhysicalRange range) {
    const auto mapped = memory::map_registers(memory::kernel_table(), range,
                                              memory::direct_map_reach(memory::kernel_image()));
    if (!mapped) return std::unexpected(mapped.error());
    return hal::to_virtual(range.start);
}

} // namespace device
