// Virtio over memory-mapped registers (virtio 1.2, 4.2): one device behind each node "virtio,mmio" of the
// device tree.
#include <algorithm>
#include <utility>

#include "driver/virtio/device.h"
#include "hal/barrier.h"
#include "hal/cpu.h"
#include "hal/mmu.h"
#include "hal/timer.h"
#include "kernel/base/log.h"
#include "kernel/device/driver.h"
#include "kernel/device/interrupts.h"

namespace driver::virtio {
namespace {

using abi::virtio::Register, abi::virtio::magic, abi::virtio::modern_version;

constexpr base::Nanoseconds reset_patience = base::seconds(1);

class MmioTransport final : public Transport {
public:
    explicit MmioTransport(const hal::Device& device)
        : device_(device), registers_(hal::to_virtual(device.registers[0].start)) {}

    bool is_virtio() const { return read(Register::magic_value) == magic; }

    std::uint32_t version() const { return read(Register::version); }

    std::uint32_t device_id() const override { return read(Register::device_type); }

    std::string_view place() const override { return device_.name; }

    std::string_view kind() const override { return "mmio"; }

    std::uint8_t status() const override { return static_cast<std::uint8_t>(read(Register::device_status)); }

    void set_status(std::uint8_t status) override { write(Register::device_status, status); }

    std::expected<void, Error> reset() override {
        write(Register::device_status, 0);
        const base::Nanoseconds deadline = hal::now() + reset_patience;
        while (status() != 0) {
            if (hal::now() > deadline) return std::unexpected(Error::timed_out);
            hal::CurrentCpu::relax();
        }
        return {};
    }

    std::uint64_t device_features() const override {
        write(Register::device_features_select, 0);
        const std::uint64_t low = read(Register::device_features);
        write(Register::device_features_select, 1);
        return low | std::uint64_t{read(Register::device_features)} << 32;
    }

    void set_driver_features(std::uint64_t features) override {
        for (const std::uint32_t half : {0u, 1u}) {
            write(Register::driver_features_select, half);
            write(Register::driver_features, static_cast<std::uint32_t>(features >> 32 * half));
        }
    }

    /// In its own width, as the device's layout has it (4.2.2.2).
    std::uint32_t read_configuration(std::uint32_t offset, unsigned bytes) const override {
        const std::uint32_t place = std::to_underlying(Register::configuration) + offset;
        switch (bytes) {
        case 1: return *at<std::uint8_t>(place);
        case 2: return *at<std::uint16_t>(place);
        default: return *at<std::uint32_t>(place);
        }
    }

    std::uint32_t configuration_generation() const override { return read(Register::generation); }

    std::uint16_t largest_queue(std::uint16_t queue) const override {
        write(Register::queue_select, queue);
        return static_cast<std::uint16_t>(std::min(read(Register::queue_size_max), 0x8000u));
    }

    std::expected<void, Error> enable_queue(std::uint16_t queue, const QueueLayout& layout) override {
        write(Register::queue_select, queue);
        if (read(Register::queue_ready) != 0) return std::unexpected(Error::occupied);
        write(Register::queue_size, layout.size);
        write_address(Register::queue_descriptors, layout.descriptors);
        write_address(Register::queue_driver, layout.available);
        write_address(Register::queue_device, layout.used);
        write(Register::queue_ready, 1);
        return {};
    }

    void notify(std::uint16_t queue) override {
        hal::Barrier::before_publish();
        write(Register::queue_notify, queue);
    }

    std::expected<void, Error> listen(Listener listener) override {
        if (device_.interrupts.empty()) return std::unexpected(Error::not_found);
        listener_ = listener;
        return device::attach(
            device_.interrupts[0], device_.name,
            [](void* self) { static_cast<MmioTransport*>(self)->on_interrupt(); }, this);
    }

    /// A slot has a line of its own: it is held, and the device left as it is, until its program has looked.
    std::expected<void, Error> listen_held(HeldListener listener) override {
        if (device_.interrupts.empty()) return std::unexpected(Error::not_found);
        return device::attach_held(device_.interrupts[0], device_.name, listener.on_interrupt,
                                   listener.context);
    }

    std::uint32_t take_interrupt_reasons() override {
        const std::uint32_t reasons = read(Register::interrupt_status);
        if (reasons != 0) write(Register::interrupt_acknowledge, reasons);
        return reasons;
    }

    void complete_interrupt() override {
        if (!device_.interrupts.empty()) device::complete_held(device_.interrupts[0]);
    }

    void stop_listening() override {
        if (!device_.interrupts.empty()) device::detach(device_.interrupts[0]);
    }

private:
    template <class T>
    volatile T* at(std::uint32_t offset) const {
        return reinterpret_cast<volatile T*>(registers_.value + offset);
    }

    std::uint32_t read(Register which) const { return *at<std::uint32_t>(std::to_underlying(which)); }

    void write(Register which, std::uint32_t value) const {
        *at<std::uint32_t>(std::to_underlying(which)) = value;
    }

    void write_address(Register low, PhysicalAddress address) const {
        auto* halves = at<std::uint32_t>(std::to_underlying(low));
        halves[0] = static_cast<std::uint32_t>(address.value);
        halves[1] = static_cast<std::uint32_t>(address.value >> 32);
    }

    /// Acknowledges until the device has nothing more to say: where lines are triggered by an edge, one that
    /// does not fall cannot rise. A device that never ends is not listened to for ever.
    void on_interrupt() {
        std::uint32_t reasons = 0;
        for (int round = 0; round < 4; ++round) {
            const std::uint32_t fresh = take_interrupt_reasons();
            if (fresh == 0) break;
            reasons |= fresh;
        }
        if (reasons != 0)
            listener_.on_interrupt(listener_.context, (reasons & queues_interrupt) != 0,
                                   (reasons & configuration_interrupt) != 0);
    }

    const hal::Device& device_;
    base::VirtualAddress registers_;
    Listener listener_;
};

/// QEMU's default is the interface of virtio 0.9, in all slots or in none: one line will do.
void refuse_version(const MmioTransport& transport) {
    static constinit bool explained = false;
    if (!std::exchange(explained, true))
        base::log("virtio: {} has version {} of the registers, and {} is needed; QEMU has it with "
                  "`-global virtio-mmio.force-legacy=false`",
                  transport.place(), transport.version(), modern_version);
    device::note_attached({.place = transport.place(),
                           .driver = "virtio over mmio",
                           .features = base::Text<120>::of("not used: version {}", transport.version())});
}

/// A device of type 0 is a slot that nothing is plugged into (4.2.2).
void probe(const hal::BootInfo&, const hal::Device& device) {
    if (device.registers.empty()) return base::log("virtio: {} has no registers", device.name);
    const MmioTransport found(device);
    if (!found.is_virtio()) return base::log("virtio: {} does not begin with \"virt\"", device.name);
    if (found.device_id() == 0) return;
    if (found.version() != modern_version) return refuse_version(found);
    MmioTransport* transport = new MmioTransport(found);
    if (!transport) return base::log("virtio: no memory for {}", device.name);
    attach(*transport);
}

[[gnu::section(".drivers"), gnu::used]] constinit const device::Driver mmio_driver{
    .name = "virtio-mmio", .compatible = "virtio,mmio", .probe = probe};

} // namespace
} // namespace driver::virtio
