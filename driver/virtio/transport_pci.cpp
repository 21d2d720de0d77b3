// Virtio over PCI (virtio 1.2, 4.1): the devices behind each PCI host bridge, through the modern interface.
#include <array>
#include <utility>

#include "driver/virtio/device.h"
#include "driver/virtio/pci_regions.h"
#include "hal/barrier.h"
#include "hal/cpu.h"
#include "hal/timer.h"
#include "kernel/base/log.h"
#include "kernel/device/driver.h"
#include "kernel/device/interrupts.h"

namespace driver::virtio {
namespace {

/// Offsets in the common configuration (4.1.4.3).
namespace common {
constexpr std::uint64_t device_features_select = 0;
constexpr std::uint64_t device_features = 4;
constexpr std::uint64_t driver_features_select = 8;
constexpr std::uint64_t driver_features = 12;
constexpr std::uint64_t configuration_vector = 16; ///< 16 bits
constexpr std::uint64_t device_status = 20;        ///< 8 bits
constexpr std::uint64_t generation = 21;           ///< 8 bits
constexpr std::uint64_t queue_select = 22;         ///< 16 bits, as all but the addresses below
constexpr std::uint64_t queue_size = 24;
constexpr std::uint64_t queue_vector = 26;
constexpr std::uint64_t queue_enable = 28;
constexpr std::uint64_t queue_notify_place = 30;
constexpr std::uint64_t queue_descriptors = 32; ///< 64 bits, written by halves
constexpr std::uint64_t queue_driver = 40;
constexpr std::uint64_t queue_device = 48;
} // namespace common

constexpr std::uint16_t no_vector = 0xffff;
constexpr base::Nanoseconds reset_patience = base::seconds(1);

class PciTransport final : public Transport {
public:
    PciTransport(const pci::Function& function, const PciRegions& regions)
        : function_(function), regions_(regions), place_(function.place()) {}

    /// Entries of the MSI-X table: one for changes of the configuration, one for all queues; if there is only
    /// one, for both. Without any the pin is left.
    void take_messages() {
        for (std::uint16_t vector = 0; vector < 2; ++vector) {
            const auto line = function_.enable_message_interrupt(vector);
            if (!line || !messages_.push_back(*line)) return;
        }
    }

    std::uint32_t device_id() const override { return virtio_type(function_); }

    std::string_view place() const override { return place_; }

    std::string_view kind() const override { return "pci"; }

    std::uint8_t status() const override { return regions_.common.read<std::uint8_t>(common::device_status); }

    void set_status(std::uint8_t status) override { regions_.common.write(common::device_status, status); }

    std::expected<void, Error> reset() override {
        set_status(0);
        const base::Nanoseconds deadline = hal::now() + reset_patience;
        while (status() != 0) {
            if (hal::now() > deadline) return std::unexpected(Error::timed_out);
            hal::CurrentCpu::relax();
        }
        return listens_ ? set_configuration_vector() : std::expected<void, Error>();
    }

    std::uint64_t device_features() const override {
        std::uint64_t features = 0;
        for (const std::uint32_t half : {0u, 1u}) {
            regions_.common.write(common::device_features_select, half);
            features |= std::uint64_t{regions_.common.read<std::uint32_t>(common::device_features)}
                        << 32 * half;
        }
        return features;
    }

    void set_driver_features(std::uint64_t features) override {
        for (const std::uint32_t half : {0u, 1u}) {
            regions_.common.write(common::driver_features_select, half);
            regions_.common.write(common::driver_features, static_cast<std::uint32_t>(features >> 32 * half));
        }
    }

    /// In its own width, as the device's layout has it (4.1.3.1). What the device does not have reads as 0.
    std::uint32_t read_configuration(std::uint32_t offset, unsigned bytes) const override {
        const pci::Registers& registers = regions_.configuration;
        if (!registers.has(offset, bytes)) return 0;
        switch (bytes) {
        case 1: return registers.read<std::uint8_t>(offset);
        case 2: return registers.read<std::uint16_t>(offset);
        default: return registers.read<std::uint32_t>(offset);
        }
    }

    std::uint32_t configuration_generation() const override {
        return regions_.common.read<std::uint8_t>(common::generation);
    }

    std::uint16_t largest_queue(std::uint16_t queue) const override {
        regions_.common.write(common::queue_select, queue);
        return regions_.common.read<std::uint16_t>(common::queue_size);
    }

    std::expected<void, Error> enable_queue(std::uint16_t queue, const QueueLayout& layout) override {
        regions_.common.write(common::queue_select, queue);
        if (regions_.common.read<std::uint16_t>(common::queue_enable) != 0)
            return std::unexpected(Error::occupied);
        const auto place = regions_.common.read<std::uint16_t>(common::queue_notify_place);
        if (queue >= notify_offsets_.size()) return std::unexpected(Error::unsupported);
        notify_offsets_[queue] = std::uint64_t{place} * regions_.notify_step;
        if (!regions_.notify.has(notify_offsets_[queue], sizeof queue))
            return std::unexpected(Error::corrupt);
        regions_.common.write(common::queue_size, layout.size);
        write_address(common::queue_descriptors, layout.descriptors);
        write_address(common::queue_driver, layout.available);
        write_address(common::queue_device, layout.used);
        if (const auto set = set_vector(common::queue_vector, queues_vector()); !set) return set;
        regions_.common.write(common::queue_enable, std::uint16_t{1});
        return {};
    }

    void notify(std::uint16_t queue) override {
        hal::Barrier::before_publish();
        regions_.notify.write(notify_offsets_[queue], queue);
    }

    std::expected<void, Error> listen(Listener listener) override {
        listener_ = listener;
        return open_interrupts(device::attach);
    }

    /// Messages cannot be held, nor a pin that others share. But neither is ever raised for long: a message
    /// is over when it is sent, and the pin falls when the status is read, which is done at once. What it
    /// said is kept.
    std::expected<void, Error> listen_held(HeldListener listener) override {
        held_listener_ = listener;
        listener_ = {on_held_interrupt, this};
        return open_interrupts(device::attach_held);
    }

    std::uint32_t take_interrupt_reasons() override { return std::exchange(reasons_, 0); }

    void complete_interrupt() override {
        for (const hal::InterruptLine& line : messages_) device::complete_held(line);
    }

    /// The pin stays attached, for its line is others' too.
    void stop_listening() override {
        held_listener_ = {};
        for (const hal::InterruptLine& line : messages_) device::detach(line);
    }

private:
    using AttachLine = decltype(&device::attach);

    std::expected<void, Error> open_interrupts(AttachLine attach_line) {
        listens_ = true;
        if (messages_.empty()) return listen_to_pin();
        if (const auto set = set_configuration_vector(); !set) return set;
        if (messages_.size() == 1) return listen_to(0, "", on_message<true, true>, attach_line);
        const auto done = listen_to(0, " configuration", on_message<false, true>, attach_line);
        return done ? listen_to(1, " queues", on_message<true, false>, attach_line) : done;
    }

    /// Those of queues are set with each queue. A reset takes away both.
    std::expected<void, Error> set_configuration_vector() const {
        return messages_.empty() ? std::expected<void, Error>() : set_vector(common::configuration_vector, 0);
    }

    static void on_held_interrupt(void* context, bool queues, bool configuration) {
        auto& self = *static_cast<PciTransport*>(context);
        self.reasons_ |= (queues ? queues_interrupt : 0) | (configuration ? configuration_interrupt : 0);
        if (self.held_listener_.on_interrupt) self.held_listener_.on_interrupt(self.held_listener_.context);
    }

    std::uint16_t queues_vector() const {
        return static_cast<std::uint16_t>(messages_.empty() ? no_vector : messages_.size() - 1);
    }

    std::expected<void, Error> listen_to(std::size_t message, std::string_view what,
                                         device::InterruptHandler handler, AttachLine attach_line) {
        names_[message] = base::Text<32>::of("{}{}", place_, what);
        return attach_line(messages_[message], names_[message], handler, this);
    }

    /// A device that cannot keep the vector says so by not holding it (4.1.5.1.2).
    std::expected<void, Error> set_vector(std::uint64_t which, std::uint16_t vector) const {
        if (vector == no_vector) return {};
        regions_.common.write(which, vector);
        if (regions_.common.read<std::uint16_t>(which) != vector)
            return std::unexpected(Error::out_of_memory);
        return {};
    }

    void write_address(std::uint64_t which, PhysicalAddress address) const {
        regions_.common.write(which, static_cast<std::uint32_t>(address.value));
        regions_.common.write(which + 4, static_cast<std::uint32_t>(address.value >> 32));
    }

    /// Once: whoever listens later listens through the same.
    std::expected<void, Error> listen_to_pin() {
        if (std::exchange(has_pin_, true)) return {};
        const auto line = function_.legacy_interrupt();
        if (!line) return std::unexpected(line.error());
        return pci::share_line(
            *line, [](void* self) { static_cast<PciTransport*>(self)->on_pin(); }, this);
    }

    /// Reading the status clears it and lowers the pin (4.1.4.5); 0 says that somebody else interrupts.
    void on_pin() {
        const auto reasons = regions_.interrupt_status.read<std::uint8_t>(0);
        if (reasons != 0)
            listener_.on_interrupt(listener_.context, (reasons & queues_interrupt) != 0,
                                   (reasons & configuration_interrupt) != 0);
    }

    template <bool queues, bool configuration>
    static void on_message(void* context) {
        const Listener& listener = static_cast<PciTransport*>(context)->listener_;
        listener.on_interrupt(listener.context, queues, configuration);
    }

    pci::Function function_;
    PciRegions regions_;
    base::Text<16> place_;
    base::StaticVector<hal::InterruptLine, 2> messages_; // By entry of the MSI-X table.
    std::array<base::Text<32>, 2> names_;                // Of those, for people.
    std::array<std::uint64_t, 8> notify_offsets_{};      // By queue; no device that we drive has more.
    Listener listener_;
    HeldListener held_listener_;
    std::uint32_t reasons_ = 0; ///< Why it has interrupted, for a program that has not yet asked.
    bool listens_ = false;
    bool has_pin_ = false;
};

void refuse(const pci::Function& function, Error error) {
    device::note_attached({.place = function.place().view(),
                           .driver = "virtio over pci",
                           .features = base::Text<120>::of("not used: {}", error)});
}

void visit(const pci::Function& function, void*) {
    if (!is_virtio(function)) return;
    const auto regions = find_regions(function);
    if (!regions) return refuse(function, regions.error());
    PciTransport* transport = new PciTransport(function, *regions);
    if (!transport) return refuse(function, Error::out_of_memory);
    function.enable();
    transport->take_messages();
    attach(*transport);
}

void probe(const hal::BootInfo& boot_info, const hal::Device& device) {
    for (const hal::PciHost& host : boot_info.pci_hosts)
        if (!device.registers.empty() && device.registers[0].start == host.configuration.start)
            pci::for_each_function(host, visit, nullptr);
}

[[gnu::section(".drivers"), gnu::used]] constinit const device::Driver pci_driver{
    .name = "virtio-pci", .compatible = "pci-host-ecam-generic", .probe = probe};

} // namespace
} // namespace driver::virtio
