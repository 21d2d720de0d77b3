// Bringing a virtio device up in the order of virtio 1.2, 3.1.1, with devices that refuse or misbehave.
#include <doctest/doctest.h>

#include "hal/barrier.h"
#include "kernel/base/log.h"
#include "kernel/device/driver.h"
#include "test/host/fake_ring.h"
#include "test/host/fake_transport.h"

using abi::Error, driver::virtio::Device;
namespace feature = driver::virtio::feature;
namespace status = driver::virtio::status;

namespace {

constexpr std::uint64_t flush = 1 << 9, discard = 1 << 13;

bool last_log_mentions(std::string_view text) {
    return !fake::log_lines().empty() && fake::log_lines().back().find(text) != std::string::npos;
}

} // namespace

TEST_CASE("virtio: a device is brought up in the order of the specification") {
    const fake::DmaMachine machine;
    fake::Transport transport;
    transport.offered |= flush | feature::event_index | feature::indirect_descriptors;
    transport.queue_sizes = {{0, 1024}};
    Device device(transport);
    REQUIRE(device.negotiate(flush | discard));
    const auto queue = device.create_queue(0);
    REQUIRE(queue);
    REQUIRE(device.start({}));
    CHECK(transport.events == std::vector<std::string>{"reset", "status 1", "status 3",
                                                       "features 0x130000200", "status 11", "queue 0 of 256",
                                                       "listen", "status 15"});
    CHECK(device.has(flush));
    CHECK_FALSE(device.has(discard)); // Wanted, but not offered.
}

TEST_CASE("virtio: what was put into queues before DRIVER_OK is seen before it") {
    fake::Transport transport;
    Device device(transport);
    REQUIRE(device.negotiate(0));
    transport.events.clear();
    hal::Barrier::passed = [&](hal::Barrier::Kind kind) {
        CHECK(kind == hal::Barrier::Kind::before_publish);
        transport.events.push_back("barrier");
    };
    CHECK(device.start({}));
    hal::Barrier::passed = nullptr;
    CHECK(transport.events == std::vector<std::string>{"listen", "barrier", "status 15"});
}

TEST_CASE("virtio: features that nobody asked for are not taken, those of the rings are") {
    fake::Transport transport;
    transport.offered = ~std::uint64_t{0};
    Device device(transport);
    REQUIRE(device.negotiate(flush));
    CHECK(transport.accepted ==
          (flush | feature::version_1 | feature::event_index | feature::indirect_descriptors |
           feature::access_platform | feature::order_platform));
}

TEST_CASE("virtio: a device without VERSION_1 is refused, and told so") {
    fake::reset();
    fake::Transport transport;
    transport.offered = flush;
    CHECK(Device(transport).negotiate(flush).error() == Error::unsupported);
    CHECK(transport.events == std::vector<std::string>{"reset", "status 1", "status 3", "status 131"});
    CHECK(last_log_mentions("fake@1000"));
    CHECK(last_log_mentions("VERSION_1"));
}

TEST_CASE("virtio: a device that insists on more is refused, and FEATURES_OK is read again to see it") {
    fake::reset();
    fake::Transport transport;
    transport.offered |= feature::ring_packed;
    transport.demanded = feature::ring_packed;
    CHECK(Device(transport).negotiate(0).error() == Error::unsupported);
    CHECK(transport.events == std::vector<std::string>{"reset", "status 1", "status 3",
                                                       "features 0x100000000", "status 11", "status 131"});
    CHECK(last_log_mentions("packed"));
}

TEST_CASE("virtio: packed rings that are offered are not taken, and an IOMMU's addresses are") {
    fake::Transport transport;
    transport.offered |= feature::ring_packed | feature::access_platform;
    transport.demanded = feature::access_platform;
    Device device(transport);
    REQUIRE(device.negotiate(0));
    CHECK_FALSE(device.has(feature::ring_packed));
    CHECK(device.has(feature::access_platform));
}

TEST_CASE("virtio: a device that never comes back from reset is refused") {
    fake::reset();
    fake::Transport transport;
    transport.hangs_in_reset = true;
    CHECK(Device(transport).negotiate(0).error() == Error::timed_out);
    CHECK(last_log_mentions("reset"));
}

TEST_CASE("virtio: queues are as large as both sides allow, in powers of two") {
    const fake::DmaMachine machine;
    fake::Transport transport;
    transport.queue_sizes = {{0, 1}, {1, 8}, {2, 100}, {3, 0x8000}};
    Device device(transport);
    REQUIRE(device.negotiate(0));
    CHECK(device.create_queue(0)->size() == 1);
    CHECK(device.create_queue(1)->size() == 8);
    CHECK(device.create_queue(2)->size() == 64);
    CHECK(device.create_queue(3, 16)->size() == 16);
}

TEST_CASE("virtio: a device whose queue cannot be had is given up, and leaves memory alone") {
    const fake::DmaMachine machine;
    fake::Transport transport;
    transport.queue_sizes = {{0, 8}};
    for (const std::uint16_t index : {0, 1}) {
        Device device(transport);
        REQUIRE(device.negotiate(0));
        const auto first = device.create_queue(0);
        REQUIRE(first);
        CHECK(device.create_queue(index).error() == (index == 0 ? Error::occupied : Error::not_found));
        CHECK(transport.current_status == status::failed);
        CHECK(transport.queues.empty());
    }
}

TEST_CASE("virtio: a device whose interrupt cannot be had is refused") {
    fake::Transport transport;
    transport.has_interrupt = false;
    Device device(transport);
    REQUIRE(device.negotiate(0));
    CHECK(device.start({}).error() == Error::not_found);
    CHECK(transport.current_status == status::failed);
}

TEST_CASE("virtio: a number that changes while it is read is read again") {
    fake::Transport transport;
    transport.configuration = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    transport.later_configurations = {{0, 0, 0, 0, 1, 0, 0, 0}};
    CHECK(Device(transport).configuration<std::uint64_t>(0) == 0x1'0000'0000);
    CHECK(transport.generation == 1);
    transport.configuration = {0x12, 0x34, 0x56, 0x78, 0x9a, 0, 0, 0};
    CHECK(Device(transport).configuration<std::uint8_t>(1) == 0x34);
    CHECK(Device(transport).configuration<std::uint16_t>(2) == 0x7856);
    CHECK(Device(transport).configuration<std::uint32_t>(0) == 0x7856'3412);
}

TEST_CASE("virtio: a configuration that never rests is not waited for") {
    fake::Transport transport;
    transport.configuration.assign(8, 0);
    transport.later_configurations.assign(10'000, std::vector<std::uint8_t>(8, 1));
    static_cast<void>(Device(transport).configuration<std::uint64_t>(0));
    CHECK(transport.later_configurations.size() > 1'000);
}

TEST_CASE("virtio: a device that needs a reset is reset and given up") {
    fake::reset();
    fake::Transport transport;
    Device device(transport);
    REQUIRE(device.negotiate(0));
    REQUIRE(device.start({}));
    CHECK_FALSE(device.needs_reset());
    transport.current_status |= status::needs_reset;
    CHECK(device.needs_reset());
    transport.events.clear();
    device.fail("it needs a reset");
    CHECK(transport.events == std::vector<std::string>{"reset", "status 128"});
    CHECK(last_log_mentions("fake@1000"));
    CHECK(last_log_mentions("it needs a reset"));
}

TEST_CASE("virtio: what drives a device, and how, is listed") {
    fake::reset();
    fake::Transport transport;
    transport.offered |= feature::event_index | feature::indirect_descriptors;
    Device device(transport);
    REQUIRE(device.negotiate(0));
    device.note("virtio-blk", "blk0: 64 MiB, flush");
    device::print_attached(base::console_sink());
    CHECK(fake::console_output().find("fake@1000                virtio-blk over fake     "
                                      "blk0: 64 MiB, flush, event index, indirect\n") != std::string::npos);
}
