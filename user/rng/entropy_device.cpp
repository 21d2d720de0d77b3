// Setting the device up, and the two ends of its queue.
#include "user/rng/entropy_device.h"

#include <atomic>

namespace rng {

using namespace abi::virtio;
using trivium::Mapping, trivium::Memory;
namespace call = trivium::call;
namespace right = abi::right;

namespace {

constexpr std::uint32_t entropy_type = 4;
constexpr std::uint32_t queue_size = 1;

// Where the parts of the queue lie in its page (2.7).
constexpr std::uint64_t descriptor_at = 0;
constexpr std::uint64_t available_at = 64, available_entry_at = available_at + sizeof(RingHeader);
constexpr std::uint64_t used_at = 128, used_entry_at = used_at + sizeof(RingHeader);

/// What the driver cannot do without, and what it takes where it is offered: of neither does it notice
/// anything.
constexpr std::uint64_t needed = feature::version_1;
constexpr std::uint64_t known = needed | feature::access_platform | feature::order_platform;

} // namespace

Result<EntropyDevice::SharedPage> EntropyDevice::SharedPage::create(Handle device) {
    auto memory = Memory::create(trivium::page_size);
    if (!memory) return std::unexpected(memory.error());
    auto here = memory->map(right::read | right::write);
    if (!here) return std::unexpected(here.error());
    const auto there = call::share(device, memory->handle(), 0);
    if (!there) return std::unexpected(there.error());
    return SharedPage{std::move(*memory), std::move(*here), *there};
}

Result<EntropyDevice> EntropyDevice::bring_up(Handle device) {
    if (const auto reset = call::reset(device); !reset) return std::unexpected(reset.error());
    auto ring = SharedPage::create(device);
    if (!ring) return std::unexpected(ring.error());
    auto buffer = SharedPage::create(device);
    if (!buffer) return std::unexpected(buffer.error());
    EntropyDevice made(device, std::move(*ring), std::move(*buffer));
    made.negotiate();
    made.enable_queue();
    made.registers_.write(Register::device_status,
                          status::acknowledge | status::driver | status::features_ok | status::driver_ok);
    if (const auto& done = made.registers_.result(); !done) return std::unexpected(done.error());
    return made;
}

void EntropyDevice::negotiate() {
    if (registers_.read(Register::magic_value) != magic ||
        registers_.read(Register::device_type) != entropy_type)
        registers_.fail(Error::unsupported);
    registers_.write(Register::device_status, status::acknowledge);
    registers_.write(Register::device_status, status::acknowledge | status::driver);
    for (const std::uint32_t half : {0u, 1u}) {
        const auto wanted = static_cast<std::uint32_t>(known >> 32 * half);
        const auto demanded = static_cast<std::uint32_t>(needed >> 32 * half);
        registers_.write(Register::device_features_select, half);
        const std::uint32_t offered = registers_.read(Register::device_features);
        if ((offered & demanded) != demanded) registers_.fail(Error::unsupported);
        registers_.write(Register::driver_features_select, half);
        registers_.write(Register::driver_features, offered & wanted);
    }
    registers_.write(Register::device_status, status::acknowledge | status::driver | status::features_ok);
    if ((registers_.read(Register::device_status) & status::features_ok) == 0)
        registers_.fail(Error::unsupported);
}

void EntropyDevice::enable_queue() {
    registers_.write(Register::queue_select, 0);
    if (registers_.read(Register::queue_size_max) < queue_size) registers_.fail(Error::unsupported);
    registers_.write(Register::queue_size, queue_size);
    registers_.write_address(Register::queue_descriptors, ring_.there + descriptor_at);
    registers_.write_address(Register::queue_driver, ring_.there + available_at);
    registers_.write_address(Register::queue_device, ring_.there + used_at);
    registers_.write(Register::queue_ready, 1);
}

/// The kernel sees to it that the device finds in memory what was written before the notification.
Result<void> EntropyDevice::offer(std::size_t bytes) {
    room_ = static_cast<std::uint32_t>(bytes);
    in_ring<Descriptor>(descriptor_at) = {
        .address = buffer_.there, .length = room_, .flags = Descriptor::device_writes, .next = 0};
    in_ring<Shared<std::uint16_t>>(available_entry_at).store(0);
    std::atomic_thread_fence(std::memory_order_release);
    in_ring<RingHeader>(available_at).index.store(++offered_);
    registers_.write(Register::queue_notify, 0);
    return registers_.result();
}

/// Acknowledged before the ring is looked at: what comes after that look interrupts again.
Result<std::span<std::byte>> EntropyDevice::on_interrupt() {
    registers_.write(Register::interrupt_acknowledge, registers_.read(Register::interrupt_status));
    if (registers_.read(Register::device_status) & status::needs_reset) registers_.fail(Error::device_failed);
    if (const auto& fine = registers_.result(); !fine) return std::unexpected(fine.error());
    return take();
}

/// The index may be at most one further, and only if a buffer is offered; the id is that of the one
/// descriptor; there is at least a byte (5.4.6.1), and no more than there was room for.
Result<std::span<std::byte>> EntropyDevice::take() {
    const std::uint16_t index = in_ring<RingHeader>(used_at).index.load();
    std::atomic_thread_fence(std::memory_order_acquire);
    if (index == taken_) return std::span<std::byte>();
    const auto& entry = in_ring<Used>(used_entry_at);
    const std::uint32_t id = entry.id.load(), length = entry.length.load();
    if (index != offered_ || id != 0 || length == 0 || length > room_) return std::unexpected(Error::corrupt);
    taken_ = index;
    return buffer_.here.bytes().first(length);
}

} // namespace rng
