// Lines whose completion is held back, until somebody who may be on another CPU has served the device.
#include <doctest/doctest.h>

#include "kernel/device/interrupts.h"
#include "kernel/sync/kernel_lock.h"
#include "test/host/fake_machine.h"

using abi::Error, hal::Claim;
using Events = std::vector<std::string>;

namespace {

constexpr hal::InterruptLine line{.number = 21}, other{.number = 22};

/// Counts how often it is told.
class Attached {
public:
    explicit Attached(hal::InterruptLine of = line) : line_(of) {
        REQUIRE(device::attach_held(
            of, "held", [](void* self) { ++static_cast<Attached*>(self)->told; }, this));
        fake::controller_events().clear();
    }

    ~Attached() { device::detach(line_); }

    int told = 0;

private:
    hal::InterruptLine line_;
};

void interrupt(std::uint32_t cpu, std::uint32_t token, hal::InterruptLine of = line) {
    fake::as_cpu(cpu, [&] {
        fake::raise({.kind = Claim::Kind::line, .line = of, .token = token});
        device::dispatch_interrupts();
    });
}

Events take_events() { return std::exchange(fake::controller_events(), {}); }

} // namespace

TEST_CASE("held interrupts: a line is dropped at once, and completed by whoever has served it") {
    fake::reset();
    Attached attached;
    interrupt(0, 7);
    CHECK(attached.told == 1);
    CHECK(take_events() == Events{"drop 21 (7) on 0"});
    device::complete_held(line);
    CHECK(take_events() == Events{"complete 21 (7) on 0"});
    device::complete_held(line); // Nothing is held any more.
    CHECK(take_events().empty());
    interrupt(0, 8);
    CHECK(attached.told == 2);
}

TEST_CASE(
    "held interrupts: what one CPU has claimed another completes, with the word that the controller gave") {
    fake::reset();
    Attached attached;
    interrupt(1, 1021);
    fake::as_cpu(3, [] { device::complete_held(line); });
    CHECK(take_events() == Events{"drop 21 (1021) on 1", "complete 21 (1021) on 3"});
}

TEST_CASE("held interrupts: other lines are served meanwhile, held or not") {
    fake::reset();
    Attached first, second(other);
    interrupt(0, 1);
    interrupt(2, 2, other);
    CHECK(take_events() == Events{"drop 21 (1) on 0", "drop 22 (2) on 2"});
    device::complete_held(other);
    CHECK(take_events() == Events{"complete 22 (2) on 0"});
    CHECK(first.told == 1);
    CHECK(second.told == 1);
}

TEST_CASE("held interrupts: what a controller cannot hold is told each time, and completed once") {
    fake::reset();
    Attached attached;
    interrupt(0, 1);
    interrupt(1, 2);
    CHECK(attached.told == 2);
    device::complete_held(line);
    CHECK(take_events() == Events{"drop 21 (1) on 0", "drop 21 (2) on 1", "complete 21 (2) on 0"});
}

TEST_CASE("held interrupts: a line that is given up is closed before it is completed; then it is free") {
    fake::reset();
    {
        Attached attached;
        interrupt(0, 5);
        CHECK(device::attach_held(
                  line, "again", [](void*) {}, nullptr) == std::unexpected(Error::occupied));
        take_events();
    }
    CHECK(take_events() == Events{"mask 21", "complete 21 (5) on 0"});
    device::detach(line); // Nobody's.
    device::complete_held(line);
    CHECK(take_events().empty());
    Attached again;
    interrupt(0, 6);
    CHECK(again.told == 1);
}
