// Devices as programs have them: registers, memory that they may reach, and what becomes of it.
#include <doctest/doctest.h>

#include "kernel/object/device.h"
#include "test/host/fake_gadget.h"

using abi::Error, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Talkers;
namespace right = abi::right;

namespace {

struct Driver {
    fake::Gadget gadget; // Outlives the objects.
    Talkers talkers{1};
    std::uint64_t init_device = fake::give_init<object::Device>(talkers, gadget);
    std::uint64_t device = give(right::all);

    std::uint64_t give(abi::Rights rights) { return talkers.give(talkers[0], rights, 0, init_device); }

    Answer call(SystemCall number, std::initializer_list<std::uint64_t> arguments) {
        return talkers.programs.call(talkers[0], number, arguments);
    }

    std::uint64_t create_memory(std::uint64_t size = base::page_size) {
        const auto made = call(SystemCall::create, {static_cast<std::uint64_t>(ObjectType::memory), size});
        REQUIRE(made.succeeded());
        return made.first;
    }

    /// What read() or write() moves lies on a page of the stack.
    std::uint64_t place(std::uint64_t value = 0) {
        return talkers.programs.put(talkers[0], std::as_bytes(std::span(&value, 1)));
    }

    std::uint64_t placed() {
        const std::uint64_t at = talkers.programs.put(talkers[0], {});
        std::uint64_t value = 0;
        talkers.programs.act([&] { value = *memory::read_value<std::uint64_t>(*talkers[0].space, {at}); });
        return value;
    }

    void die() {
        talkers.programs.act([&] { process::end(talkers[0], abi::Ending::killed, 0); });
    }

    std::uint64_t in_use(base::PhysicalAddress frame) {
        std::uint64_t content = 0;
        talkers.programs.act([&] { content = *hal::direct<std::uint64_t>(frame); });
        return content;
    }
};

std::uint64_t free_frames() { return memory::frames().statistics().free; }

} // namespace

TEST_CASE("devices: reading and writing are of one register, as wide as the length") {
    Driver driver;
    driver.gadget.registers = {{8, 0x1122'3344}, {12, 0}};
    CHECK(driver.call(SystemCall::read, {driver.device, driver.place(), 4, 8}).first == 4);
    CHECK(driver.placed() == 0x1122'3344);
    CHECK(driver.call(SystemCall::read, {driver.device, driver.place(), 2, 8}).first == 2);
    CHECK(driver.placed() == 0x3344);
    CHECK(driver.call(SystemCall::write, {driver.device, driver.place(0xaabb'ccdd), 4, 12}).first == 4);
    CHECK(driver.gadget.registers[12] == 0xaabb'ccdd);
    for (const std::uint64_t bytes : {8u, 4096u})
        for (const SystemCall number : {SystemCall::read, SystemCall::write})
            CHECK(driver.call(number, {driver.device, driver.place(), bytes, 8}).is(Error::invalid_argument));
    CHECK(driver.call(SystemCall::read, {driver.device, driver.place(), 4, 16}).is(Error::invalid_argument));
    CHECK(driver.call(SystemCall::read, {driver.device, 64, 4, 8}).is(Error::bad_address));
    CHECK(driver.call(SystemCall::write, {driver.device, 64, 4, 8}).is(Error::bad_address));
    CHECK(driver.gadget.registers[8] == 0x1122'3344);
}

TEST_CASE("devices: nothing without its right, nor with another object") {
    Driver driver;
    driver.gadget.registers = {{8, 1}};
    const std::uint64_t memory = driver.create_memory();
    const std::uint64_t reads = driver.give(right::read), writes = driver.give(right::write);
    CHECK(driver.call(SystemCall::read, {writes, driver.place(), 4, 8}).is(Error::not_permitted));
    CHECK(driver.call(SystemCall::write, {reads, driver.place(), 4, 8}).is(Error::not_permitted));
    CHECK(driver.call(SystemCall::share, {driver.give(right::read | right::write), memory, 0})
              .is(Error::not_permitted));
    CHECK(driver.call(SystemCall::reset, {driver.give(right::read | right::write)}).is(Error::not_permitted));
    const auto read_only = driver.call(SystemCall::derive, {memory, right::read.bits, 0, 0xffff'ffff});
    CHECK(driver.call(SystemCall::share, {driver.device, read_only.first, 0}).is(Error::not_permitted));
    CHECK(driver.call(SystemCall::share, {memory, memory, 0}).is(Error::wrong_type));
    CHECK(driver.call(SystemCall::share, {driver.device, driver.device, 0}).is(Error::wrong_type));
    CHECK(driver.call(SystemCall::reset, {memory}).is(Error::wrong_type));
    CHECK(driver.gadget.resets == 0);
}

TEST_CASE("devices: a page that is shared is one of whole pages of the memory, and stays the same") {
    Driver driver;
    const std::uint64_t memory = driver.create_memory(3 * base::page_size);
    const auto first = driver.call(SystemCall::share, {driver.device, memory, 0});
    const auto last = driver.call(SystemCall::share, {driver.device, memory, 2 * base::page_size});
    CHECK(first.succeeded());
    CHECK(last.succeeded());
    CHECK(first.first % base::page_size == 0);
    CHECK(first.first != last.first);
    CHECK(driver.call(SystemCall::share, {driver.device, memory, 0}).first == first.first);
    CHECK(driver.call(SystemCall::share, {driver.device, memory, 1}).is(Error::misaligned));
    CHECK(driver.call(SystemCall::share, {driver.device, memory, 3 * base::page_size})
              .is(Error::invalid_argument));
    CHECK(driver.call(SystemCall::write, {memory, driver.place(0x77), 8, 0}).first == 8);
    CHECK(driver.in_use({first.first}) == 0x77);
}

TEST_CASE("devices: frames that one may write to stay, though their process has died, until it is reset") {
    Driver driver;
    const std::uint64_t before = free_frames();
    const std::uint64_t memory = driver.create_memory(2 * base::page_size);
    const auto page = driver.call(SystemCall::share, {driver.device, memory, 0});
    CHECK(driver.call(SystemCall::write, {memory, driver.place(0x5ec2e7), 8, 0}).first == 8);
    CHECK(driver.call(SystemCall::close, {memory}).succeeded());
    CHECK(driver.in_use({page.first}) == 0x5ec2e7);
    driver.die();
    CHECK(driver.gadget.resets == 0); // Init still has the device.
    CHECK(driver.in_use({page.first}) == 0x5ec2e7);
    const std::uint64_t kept = free_frames();
    CHECK(driver.talkers.programs.call(driver.talkers.init(), SystemCall::reset, {driver.init_device})
              .succeeded());
    CHECK(free_frames() == kept + 1);
    CHECK(free_frames() > before);
}

TEST_CASE("devices: one that does not come back from reset keeps its memory") {
    Driver driver;
    const std::uint64_t memory = driver.create_memory();
    CHECK(driver.call(SystemCall::share, {driver.device, memory, 0}).succeeded());
    CHECK(driver.call(SystemCall::close, {memory}).succeeded());
    const std::uint64_t kept = free_frames();
    driver.gadget.hangs_in_reset = true;
    CHECK(driver.call(SystemCall::reset, {driver.device}).is(Error::timed_out));
    CHECK(free_frames() == kept);
    driver.gadget.hangs_in_reset = false;
    CHECK(driver.call(SystemCall::reset, {driver.device}).succeeded());
    CHECK(free_frames() == kept + 1);
}

TEST_CASE("devices: no more memory objects are shared than the device has room for, until it is reset") {
    Driver driver;
    for (std::size_t i = 0; i < object::Device::most_shared; ++i)
        CHECK(driver.call(SystemCall::share, {driver.device, driver.create_memory(), 0}).succeeded());
    const std::uint64_t memory = driver.create_memory();
    CHECK(driver.call(SystemCall::share, {driver.device, memory, 0}).is(Error::limit_reached));
    CHECK(driver.call(SystemCall::reset, {driver.device}).succeeded());
    CHECK(driver.call(SystemCall::share, {driver.device, memory, 0}).succeeded());
}

TEST_CASE("devices: with the last capability one is reset, and lets its memory go") {
    Driver driver;
    const std::uint64_t before = free_frames();
    CHECK(driver.call(SystemCall::share, {driver.device, driver.create_memory(), 0}).succeeded());
    driver.die();
    CHECK(driver.gadget.resets == 0);
    CHECK(driver.talkers.programs.call(driver.talkers.init(), SystemCall::close, {driver.init_device})
              .succeeded());
    CHECK(driver.gadget.resets == 1);
    CHECK(free_frames() > before);
}
