// The registers that a program has of a virtio device, whichever way the kernel reaches it.
#include <doctest/doctest.h>

#include "driver/virtio/offered.h"
#include "test/host/fake_transport.h"

using abi::Error, abi::virtio::Register, driver::virtio::OfferedTransport;
using Events = std::vector<std::string>;
namespace status = abi::virtio::status;

namespace {

struct Offered {
    fake::Transport transport;
    OfferedTransport device{transport, "rng"};

    Offered() {
        transport.type = 4;
        transport.offered = 0x1'2000'0004;
        transport.queue_sizes = {{0, 8}};
        transport.configuration = {1, 2, 3, 4, 5, 6, 7, 8};
    }

    std::expected<std::uint32_t, Error> read(Register which, std::uint64_t bytes = 4) {
        return device.read(static_cast<std::uint64_t>(which), bytes);
    }

    std::expected<void, Error> write(Register which, std::uint32_t value, std::uint64_t bytes = 4) {
        return device.write(static_cast<std::uint64_t>(which), bytes, value);
    }

    /// As far as FEATURES_OK.
    void negotiate() {
        REQUIRE(write(Register::driver_features_select, 1));
        REQUIRE(write(Register::driver_features, 1));
        for (const std::uint32_t value : {1u, 3u, 11u}) REQUIRE(write(Register::device_status, value));
    }
};

constexpr auto invalid = std::unexpected(Error::invalid_argument);

} // namespace

TEST_CASE("offered devices: a program sets a queue up and rings it, as virtio 1.2 has it for mmio") {
    Offered offered;
    CHECK(offered.read(Register::magic_value) == 0x74726976);
    CHECK(offered.read(Register::version) == 2);
    CHECK(offered.read(Register::device_type) == 4);
    CHECK(offered.read(Register::device_features) == 0x2000'0004);
    CHECK(offered.write(Register::device_features_select, 1));
    CHECK(offered.read(Register::device_features) == 1);
    offered.negotiate();
    CHECK(offered.read(Register::device_status) == 11);
    CHECK(offered.read(Register::queue_size_max) == 8);
    CHECK(offered.write(Register::queue_size, 4));
    const Register addresses[] = {Register::queue_descriptors, Register::queue_descriptors_high,
                                  Register::queue_driver,      Register::queue_driver_high,
                                  Register::queue_device,      Register::queue_device_high};
    for (std::uint32_t value = 1; const Register which : addresses) CHECK(offered.write(which, value++));
    CHECK(offered.read(Register::queue_ready) == 0);
    CHECK(offered.write(Register::queue_ready, 1));
    CHECK(offered.read(Register::queue_ready) == 1);
    CHECK(offered.transport.queues[0].descriptors.value == 0x2'0000'0001);
    CHECK(offered.transport.queues[0].available.value == 0x4'0000'0003);
    CHECK(offered.transport.queues[0].used.value == 0x6'0000'0005);
    CHECK(offered.write(Register::device_status, 15));
    CHECK(offered.write(Register::queue_notify, 0));
    CHECK(offered.transport.events == Events{"features 0x100000000", "status 1", "status 3", "status 11",
                                             "queue 0 of 4", "status 15", "notify 0"});
}

TEST_CASE("offered devices: queues that are not there, or not of that size, or are in use, are refused") {
    Offered offered;
    offered.negotiate();
    for (const std::uint32_t size : {0u, 3u, 16u}) {
        CHECK(offered.write(Register::queue_size, size));
        CHECK(offered.write(Register::queue_ready, 1) == invalid);
    }
    CHECK(offered.write(Register::queue_notify, 0) == invalid); // Not ready.
    CHECK(offered.write(Register::queue_size, 8));
    CHECK(offered.write(Register::queue_ready, 1));
    CHECK(offered.write(Register::queue_size, 4) == std::unexpected(Error::occupied));
    for (const std::uint32_t none : {1u, 7u, 8u, 0xffff'ffffu}) {
        CHECK(offered.write(Register::queue_select, none));
        CHECK(offered.read(Register::queue_size_max) == 0);
        CHECK(offered.write(Register::queue_ready, 1) == invalid);
        CHECK(offered.write(Register::queue_notify, none) == invalid);
    }
}

TEST_CASE("offered devices: offsets and widths that are no register's reach nothing") {
    Offered offered;
    for (const std::uint64_t offset : {0x00cull, 0x001ull, 0x002ull, 0x0f8ull, 0x200ull, 0x1000ull, ~0ull})
        for (const std::uint64_t bytes : {0ull, 1ull, 2ull, 3ull, 4ull, 8ull, ~0ull}) {
            CHECK(offered.device.read(offset, bytes) == invalid);
            CHECK(offered.device.write(offset, bytes, 1) == invalid);
        }
    CHECK(offered.write(Register::device_status, 0x100) == invalid);
    CHECK(offered.write(Register::configuration, 1) == invalid);
    CHECK(offered.device.read(0x101, 1) == 2);
    CHECK(offered.device.read(0x102, 2) == 0x0403);
    CHECK(offered.device.read(0x104, 4) == 0x0807'0605);
    CHECK(offered.device.read(0x101, 2) == invalid);
    CHECK(offered.device.read(0x100, 8) == invalid);
    CHECK(offered.transport.events.empty());
}

TEST_CASE("offered devices: reasons of an interrupt stay until they are acknowledged") {
    Offered offered;
    offered.transport.reasons = 1;
    CHECK(offered.read(Register::interrupt_status) == 1);
    offered.transport.reasons = 2;
    CHECK(offered.read(Register::interrupt_status) == 3);
    CHECK(offered.write(Register::interrupt_acknowledge, 1));
    CHECK(offered.read(Register::interrupt_status) == 2);
    CHECK(offered.write(Register::interrupt_acknowledge, 2));
    CHECK(offered.read(Register::interrupt_status) == 0);
}

TEST_CASE("offered devices: after a reset, by a call or by status 0, nothing is left of the program before") {
    for (const bool by_status : {false, true}) {
        Offered offered;
        offered.negotiate();
        CHECK(offered.write(Register::queue_size, 8));
        CHECK(offered.write(Register::queue_ready, 1));
        offered.transport.reasons = 3;
        const auto reset = by_status ? offered.write(Register::device_status, 0) : offered.device.reset();
        CHECK(reset);
        CHECK(offered.read(Register::device_status) == 0);
        CHECK(offered.read(Register::queue_ready) == 0);
        CHECK(offered.read(Register::interrupt_status) == 0);
        CHECK(offered.write(Register::queue_notify, 0) == invalid);
        CHECK(offered.write(Register::queue_ready, 1) == invalid); // Of no size.
        offered.transport.hangs_in_reset = true;
        CHECK(offered.device.reset() == std::unexpected(Error::timed_out));
    }
}
