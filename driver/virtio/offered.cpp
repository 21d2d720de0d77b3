// The registers of virtio over memory-mapped registers (virtio 1.2, 4.2.2), made of whatever the transport
// has.
#include "driver/virtio/offered.h"

#include "hal/barrier.h"
#include "kernel/device/driver.h"

namespace driver::virtio {
namespace {

using abi::virtio::Register;
constexpr auto invalid = std::unexpected(Error::invalid_argument);

constexpr std::uint32_t configuration_start = static_cast<std::uint32_t>(Register::configuration);
constexpr std::uint32_t configuration_end = configuration_start + 0x100;

bool is_configuration(std::uint64_t offset, std::uint64_t bytes) {
    return offset >= configuration_start && offset < configuration_end &&
           (bytes == 1 || bytes == 2 || bytes == 4) && offset % bytes == 0;
}

bool is_register(std::uint64_t offset, std::uint64_t bytes) {
    return offset < configuration_start && bytes == 4 && offset % 4 == 0;
}

void set_low(PhysicalAddress& address, std::uint32_t half) {
    address.value = (address.value & ~std::uint64_t{0xffff'ffff}) | half;
}

void set_high(PhysicalAddress& address, std::uint32_t half) {
    address.value = (address.value & 0xffff'ffff) | std::uint64_t{half} << 32;
}

} // namespace

OfferedTransport::QueueState* OfferedTransport::selected() {
    return queue_select_ < queues_.size() ? &queues_[queue_select_] : nullptr;
}

std::expected<std::uint32_t, Error> OfferedTransport::read(std::uint64_t offset, std::uint64_t bytes) {
    if (is_configuration(offset, bytes))
        return transport_.read_configuration(static_cast<std::uint32_t>(offset - configuration_start),
                                             static_cast<unsigned>(bytes));
    if (!is_register(offset, bytes)) return invalid;
    const QueueState* const queue = selected();
    switch (static_cast<Register>(offset)) {
    case Register::magic_value: return abi::virtio::magic;
    case Register::version: return abi::virtio::modern_version;
    case Register::device_type: return transport_.device_id();
    case Register::device_features:
        if (device_features_select_ > 1) return 0;
        return static_cast<std::uint32_t>(transport_.device_features() >> 32 * device_features_select_);
    case Register::queue_size_max:
        return queue ? transport_.largest_queue(static_cast<std::uint16_t>(queue_select_)) : 0;
    case Register::queue_ready: return queue && queue->is_ready;
    case Register::interrupt_status: return reasons_ |= transport_.take_interrupt_reasons();
    case Register::device_status: return transport_.status();
    case Register::generation: return transport_.configuration_generation();
    default: return invalid;
    }
}

/// What the program wrote to memory before is there for the device.
std::expected<void, Error> OfferedTransport::write(std::uint64_t offset, std::uint64_t bytes,
                                                   std::uint32_t value) {
    if (!is_register(offset, bytes)) return invalid;
    hal::Barrier::before_publish();
    return write_register(static_cast<Register>(offset), value);
}

std::expected<void, Error> OfferedTransport::write_register(Register which, std::uint32_t value) {
    switch (which) {
    case Register::device_features_select: device_features_select_ = value; return {};
    case Register::driver_features_select: driver_features_select_ = value; return {};
    case Register::driver_features:
        if (driver_features_select_ >= driver_features_.size()) return invalid;
        driver_features_[driver_features_select_] = value;
        transport_.set_driver_features(driver_features_[0] | std::uint64_t{driver_features_[1]} << 32);
        return {};
    case Register::queue_select: queue_select_ = value; return {};
    case Register::queue_notify: return notify(value);
    case Register::interrupt_acknowledge: reasons_ &= ~value; return {};
    case Register::device_status: return set_status(value);
    default: QueueState* const queue = selected(); return queue ? write_queue(*queue, which, value) : invalid;
    }
}

/// Only a reset takes a queue back.
std::expected<void, Error> OfferedTransport::write_queue(QueueState& queue, Register which,
                                                         std::uint32_t value) {
    if (queue.is_ready) return std::unexpected(Error::occupied);
    QueueLayout& layout = queue.layout;
    switch (which) {
    case Register::queue_size: layout.size = static_cast<std::uint16_t>(value); return {};
    case Register::queue_ready: return value == 1 ? enable(queue) : invalid;
    case Register::queue_descriptors: set_low(layout.descriptors, value); return {};
    case Register::queue_descriptors_high: set_high(layout.descriptors, value); return {};
    case Register::queue_driver: set_low(layout.available, value); return {};
    case Register::queue_driver_high: set_high(layout.available, value); return {};
    case Register::queue_device: set_low(layout.used, value); return {};
    case Register::queue_device_high: set_high(layout.used, value); return {};
    default: return invalid;
    }
}

std::expected<void, Error> OfferedTransport::enable(QueueState& queue) {
    const auto index = static_cast<std::uint16_t>(queue_select_);
    const std::uint16_t size = queue.layout.size;
    if (size == 0 || (size & (size - 1)) != 0 || size > transport_.largest_queue(index)) return invalid;
    const auto enabled = transport_.enable_queue(index, queue.layout);
    queue.is_ready = enabled.has_value();
    return enabled;
}

std::expected<void, Error> OfferedTransport::notify(std::uint32_t queue) {
    if (queue >= queues_.size() || !queues_[queue].is_ready) return invalid;
    transport_.notify(static_cast<std::uint16_t>(queue));
    return {};
}

std::expected<void, Error> OfferedTransport::set_status(std::uint32_t value) {
    if (value == 0) return reset();
    if (value > 0xff) return invalid;
    transport_.set_status(static_cast<std::uint8_t>(value));
    return {};
}

std::expected<void, Error> OfferedTransport::reset() {
    if (const auto done = transport_.reset(); !done) return done;
    device_features_select_ = driver_features_select_ = queue_select_ = reasons_ = 0;
    driver_features_ = {};
    queues_ = {};
    static_cast<void>(transport_.take_interrupt_reasons());
    return {};
}

/// Of two lines the first may be open when the second cannot be had.
std::expected<void, Error> OfferedTransport::listen(Listener listener) {
    const auto listening = transport_.listen_held(listener);
    if (!listening) transport_.stop_listening();
    return listening;
}

std::expected<void, Error> offer(Transport& transport, std::string_view driver, std::string_view name) {
    if (const auto quiet = transport.reset(); !quiet) return quiet;
    auto* const offered = new OfferedTransport(transport, name);
    if (!offered) return std::unexpected(Error::out_of_memory);
    if (const auto known = device::offer(*offered); !known) return known;
    device::note_attached(
        {.place = transport.place(),
         .driver = base::Text<24>::of("{} over {}", driver, transport.kind()),
         .features = base::Text<120>::of("for programs: {}-device, {}-interrupt", name, name)});
    return {};
}

} // namespace driver::virtio
