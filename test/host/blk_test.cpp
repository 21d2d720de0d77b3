// The block driver with a device that answers late, in any order, wrongly or not at all.
#include "driver/virtio/blk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "test/host/fake_disk.h"

using abi::Error, device::BlockOperation, device::BlockRequest;
using Result = std::expected<void, Error>;

namespace device {

static bool table_is_full = false;

std::expected<void, abi::Error> register_block_device(BlockDevice&) {
    if (table_is_full) return std::unexpected(Error::out_of_memory);
    return {};
}

BlockDevice* block_device(std::size_t) { return nullptr; }

} // namespace device

namespace {

/// A request with memory, and what came of it.
struct Job {
    Job(BlockOperation operation, std::uint64_t sector, std::uint64_t sectors)
        : memory(std::move(*device::DmaMemory::allocate(std::max<std::uint64_t>(sectors, 1) * 512))) {
        request.operation = operation;
        request.sector = sector;
        request.sectors = sectors;
        request.memory = memory.physical();
        request.context = this;
        request.completed = [](BlockRequest& request, Result result) {
            auto& job = *static_cast<Job*>(request.context);
            ++job.completions;
            job.result = result;
        };
    }

    std::span<std::byte> data() const { return memory.bytes().first(request.sectors * 512); }

    BlockRequest request;
    device::DmaMemory memory;
    int completions = 0;
    Result result;
};

/// A driver and its device, past the question for the serial number.
struct Fixture {
    explicit Fixture(const fake::Disk::Setup& setup = {}) : device(setup), disk(device) {
        REQUIRE(disk.bring_up());
        device.answer_all();
    }

    Error refusal(Job& job) {
        const Result result = disk.submit(job.request);
        REQUIRE_FALSE(result);
        CHECK(job.completions == 0);
        return result.error();
    }

    fake::DmaMachine machine;
    fake::Disk device;
    driver::virtio::block::Disk disk;
};

fake::Disk::Setup random_setup(std::mt19937& random) {
    fake::Disk::Setup setup;
    setup.block_size = random() % 2 ? 512 : 4096;
    setup.features = fake::feature(fake::flush_bit) | fake::feature(fake::block_size_bit);
    if (random() % 2) setup.features |= fake::feature(fake::indirect_bit);
    if (random() % 2) setup.features |= fake::feature(fake::event_index_bit);
    setup.queue_size = static_cast<std::uint16_t>(8 << random() % 6);
    if (random() % 2) {
        setup.features |= fake::feature(fake::size_max_bit) | fake::feature(fake::seg_max_bit);
        setup.size_max = setup.block_size + static_cast<std::uint32_t>(random() % 5000);
        setup.seg_max = 1 + static_cast<std::uint32_t>(random() % 20);
    }
    return setup;
}

bool failed_with(const Job& job, Error error) {
    return job.completions == 1 && !job.result && job.result.error() == error;
}

} // namespace

TEST_CASE("blk: random reads and writes, answered in any order, give what the sectors hold") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        Fixture fixture(random_setup(random));
        const std::uint64_t block = fixture.device.setup.block_size / 512;
        std::ranges::generate(fixture.device.storage, [&] { return std::byte(random()); });
        std::vector<std::byte> expected = fixture.device.storage;
        for (int round = 0; round < 4; ++round) {
            std::vector<std::unique_ptr<Job>> jobs;
            for (std::uint64_t sector = 0; sector < 2048;) {
                const std::uint64_t count = std::min(2048 - sector, (1 + random() % 40) * block);
                const auto operation = random() % 2 ? BlockOperation::read : BlockOperation::write;
                Job& job = *jobs.emplace_back(std::make_unique<Job>(operation, sector, count));
                const auto place = std::span(expected).subspan(sector * 512, count * 512);
                if (operation == BlockOperation::write) {
                    std::ranges::generate(job.data(), [&] { return std::byte(random()); });
                    std::ranges::copy(job.data(), place.begin());
                }
                REQUIRE(fixture.disk.submit(job.request));
                if (random() % 3 == 0) fixture.device.answer(random() % fixture.device.waiting());
                sector += count;
            }
            while (fixture.device.waiting() > 0) fixture.device.answer(random() % fixture.device.waiting());
            for (const auto& job : jobs) {
                REQUIRE(job->completions == 1);
                REQUIRE(job->result);
                REQUIRE(std::ranges::equal(
                    job->data(), std::span(expected).subspan(job->request.sector * 512, job->data().size())));
            }
        }
        CHECK(fixture.device.storage == expected);
        CHECK(fixture.disk.statistics().in_flight == 0);
    }
}

TEST_CASE("blk: what a device says goes to the request that it answers, and to no other") {
    Fixture fixture;
    Job good(BlockOperation::read, 0, 1), broken(BlockOperation::read, 1, 1),
        unknown(BlockOperation::write, 2, 1), unwritten(BlockOperation::read, 3, 1),
        nonsense(BlockOperation::read, 4, 1), short_one(BlockOperation::read, 5, 1),
        flush(BlockOperation::flush, 0, 0);
    for (Job* job : {&good, &broken, &unknown, &unwritten, &nonsense, &short_one, &flush})
        REQUIRE(fixture.disk.submit(job->request));
    fixture.device.answer(6, 1);
    fixture.device.answer_with_length(5, 100);
    fixture.device.answer(4, 77);
    fixture.device.answer(3, 0xff);
    fixture.device.answer(2, 2);
    fixture.device.answer(1, 1);
    CHECK(good.completions == 0);
    fixture.device.answer(0);
    CHECK((good.completions == 1 && good.result));
    CHECK(failed_with(broken, Error::io));
    CHECK(failed_with(unknown, Error::unsupported));
    CHECK(failed_with(unwritten, Error::io));
    CHECK(failed_with(nonsense, Error::io));
    CHECK(failed_with(short_one, Error::io));
    CHECK(failed_with(flush, Error::io));
    CHECK(fixture.disk.statistics().failed == 6);
}

TEST_CASE("blk: the status of the request before is not taken for an answer") {
    Fixture fixture; // Its slot was used for the serial number, with success.
    Job job(BlockOperation::read, 0, 1);
    REQUIRE(fixture.disk.submit(job.request));
    fixture.device.ring().complete(0, 513); // Done, it says, and has not written a byte.
    fixture.device.interrupt(true, false);
    CHECK(failed_with(job, Error::io));
}

TEST_CASE("blk: a request in parts fails once, with its first error, when no part is under way any more") {
    Fixture fixture({.features = fake::feature(fake::size_max_bit) | fake::feature(fake::seg_max_bit),
                     .size_max = 512,
                     .seg_max = 1,
                     .queue_size = 16});
    Job large(BlockOperation::write, 0, 100), next(BlockOperation::read, 200, 1);
    REQUIRE(fixture.disk.submit(large.request));
    REQUIRE(fixture.disk.submit(next.request));
    std::size_t under_way = fixture.device.waiting();
    REQUIRE(under_way == 5); // Each part takes three descriptors.
    fixture.device.answer(0, 2);
    while (fixture.device.waiting() > 0 && fixture.device.request(0).type == 1) {
        CHECK(large.completions == 0);
        fixture.device.answer(0, 1);
        --under_way;
    }
    CHECK(under_way == 1); // What was not yet handed over never is.
    CHECK(failed_with(large, Error::unsupported));
    CHECK(next.completions == 0);
    fixture.device.answer_all();
    CHECK((next.completions == 1 && next.result));
}

TEST_CASE("blk: a discard is split to what the device takes") {
    fake::Disk::Setup setup{.features = fake::feature(fake::discard_bit), .max_discard_sectors = 100};
    Fixture fixture(setup);
    CHECK(fixture.disk.geometry().can_discard);
    std::ranges::fill(fixture.device.storage, std::byte{1});
    Job job(BlockOperation::discard, 10, 950);
    REQUIRE(fixture.disk.submit(job.request));
    CHECK(fixture.device.waiting() == 10);
    fixture.device.answer_all();
    CHECK((job.completions == 1 && job.result));
    CHECK(std::ranges::count(fixture.device.storage, std::byte{0}) == 950 * 512);
}

TEST_CASE("blk: parts stay within the limits, even of a device that says it has 2^64 bytes and more") {
    const driver::virtio::block::Limits limits{
        .data_bytes = 8192, .segment_bytes = 4096, .discard_sectors = 100};
    BlockRequest request;
    request.operation = BlockOperation::discard;
    for (const std::uint64_t sectors : {std::uint64_t{101}, std::uint64_t{1} << 55, ~std::uint64_t{0}}) {
        request.sectors = sectors;
        CHECK(next_part(request, limits) == 100);
    }
    request.operation = BlockOperation::read;
    request.sectors = (std::uint64_t{1} << 55) + 1;
    CHECK(next_part(request, limits) == 16);
    request.issued = request.sectors - 3;
    CHECK(next_part(request, limits) == 3);
}

TEST_CASE("blk: what cannot be meant is refused at once") {
    fake::Disk::Setup setup{.features = fake::feature(fake::block_size_bit), .block_size = 4096};
    Fixture fixture(setup);
    for (const auto& [sector, sectors] : {std::pair<std::uint64_t, std::uint64_t>{0, 0},
                                          {2048, 8},
                                          {2040, 16},
                                          {~std::uint64_t{7}, 16},
                                          {8, ~std::uint64_t{7}},
                                          {1, 8},
                                          {8, 1}}) {
        Job job(BlockOperation::read, sector, 1);
        job.request.sectors = sectors;
        CHECK(fixture.refusal(job) == Error::invalid_argument);
    }
    Job discard(BlockOperation::discard, 0, 8);
    CHECK(fixture.refusal(discard) == Error::unsupported);
    Job flush(BlockOperation::flush, 0, 8); // A flush is of everything.
    CHECK(fixture.refusal(flush) == Error::invalid_argument);
    CHECK(fixture.device.waiting() == 0);
}

TEST_CASE("blk: a read-only device is not written to") {
    Fixture fixture({.features = fake::feature(fake::read_only_bit)});
    Job write(BlockOperation::write, 0, 1), read(BlockOperation::read, 0, 1);
    CHECK(fixture.refusal(write) == Error::read_only);
    CHECK(fixture.disk.geometry().read_only);
    CHECK(fixture.disk.submit(read.request));
    fixture.device.answer_all();
}

TEST_CASE("blk: without a cache a flush is done as soon as it is asked for") {
    Fixture fixture({.features = 0});
    Job flush(BlockOperation::flush, 0, 0);
    REQUIRE(fixture.disk.submit(flush.request));
    CHECK((flush.completions == 1 && flush.result));
    CHECK(fixture.device.waiting() == 0);
    CHECK(fixture.disk.geometry().write_through);
}

TEST_CASE("blk: a device that fails is reset, and everything under way and in line ends") {
    for (const bool asks : {true, false}) {
        Fixture fixture({.queue_size = 16});
        std::vector<std::unique_ptr<Job>> jobs;
        for (unsigned i = 0; i < 100; ++i) {
            jobs.push_back(std::make_unique<Job>(BlockOperation::read, i, 1 + i % 5));
            REQUIRE(fixture.disk.submit(jobs.back()->request));
        }
        const unsigned resets = fixture.device.resets;
        fake::log_lines().clear();
        if (asks) {
            fixture.device.ask_for_reset();
        } else {
            fixture.device.ring().put_used(999, 0);
            fixture.device.interrupt(true, false);
        }
        CHECK(fixture.device.resets == resets + 1);
        CHECK(fake::log_lines().size() == 1);
        for (const auto& job : jobs) CHECK(failed_with(*job, Error::device_failed));
        CHECK(fixture.refusal(*std::make_unique<Job>(BlockOperation::read, 0, 1)) == Error::device_failed);
        CHECK(fixture.disk.statistics().in_flight == 0);
        fixture.device.interrupt(true, true);
    }
}

TEST_CASE("blk: what asks again when its device is given up is refused, and everything ends") {
    Fixture fixture({.queue_size = 16});

    struct Stubborn {
        driver::virtio::block::Disk& disk;
        int failures = 0;
        int refusals = 0;
    } stubborn{fixture.disk};

    std::vector<std::unique_ptr<Job>> jobs;
    for (unsigned i = 0; i < 50; ++i) {
        Job& job = *jobs.emplace_back(std::make_unique<Job>(BlockOperation::read, i, 1));
        job.request.context = &stubborn;
        job.request.completed = [](BlockRequest& request, Result result) {
            auto& stubborn = *static_cast<Stubborn*>(request.context);
            stubborn.failures += !result;
            stubborn.refusals += !stubborn.disk.submit(request);
        };
        REQUIRE(fixture.disk.submit(job.request));
    }
    fixture.device.ask_for_reset();
    CHECK(stubborn.failures == 50);
    CHECK(stubborn.refusals == 50);
}

TEST_CASE("blk: no request goes back to its owner before the device was reset") {
    Fixture fixture;
    Job job(BlockOperation::read, 0, 1);
    job.request.context = &fixture;
    job.request.completed = [](BlockRequest& request, Result) {
        CHECK(static_cast<Fixture*>(request.context)->device.status() == driver::virtio::status::failed);
    };
    REQUIRE(fixture.disk.submit(job.request));
    fixture.device.ask_for_reset();
    CHECK_FALSE(job.request.is_linked());
}

TEST_CASE("blk: a resize is seen and logged") {
    Fixture fixture;
    fixture.device.change_capacity(4096);
    CHECK(fixture.disk.geometry().sectors == 4096);
    CHECK(fake::log_lines().back().find("resized from 2048 to 4096") != std::string::npos);
    Job job(BlockOperation::read, 4095, 1);
    CHECK(fixture.disk.submit(job.request));
    fixture.device.answer_all();
    CHECK(job.completions == 1);
}

TEST_CASE("blk: a resize just before the device may interrupt is seen too") {
    const fake::DmaMachine machine;
    fake::Disk device({});
    device.sectors_at_start = 4096;
    driver::virtio::block::Disk disk(device);
    REQUIRE(disk.bring_up());
    CHECK(disk.geometry().sectors == 4096);
    device.answer_all();
}

TEST_CASE("blk: a device for which there is no room is given up, with a line that says so") {
    const fake::DmaMachine machine;
    fake::Disk device({});
    driver::virtio::block::Disk disk(device);
    fake::log_lines().clear();
    device::table_is_full = true;
    CHECK(disk.bring_up().error() == Error::out_of_memory);
    device::table_is_full = false;
    CHECK(device.status() == driver::virtio::status::failed);
    REQUIRE(fake::log_lines().size() == 1);
    CHECK(fake::log_lines()[0].find("table of block devices") != std::string::npos);
}

TEST_CASE("blk: the serial number, with and without an end") {
    const fake::DmaMachine machine;
    for (const std::string serial : {"", "short", "exactly-twenty-bytes"}) {
        fake::Disk device({});
        device.serial = serial;
        driver::virtio::block::Disk disk(device);
        REQUIRE(disk.bring_up());
        CHECK(disk.geometry().serial.view().empty());
        device.answer_all();
        CHECK(disk.geometry().serial.view() == serial);
    }
}

TEST_CASE("blk: a device whose limits make no sense is not used") {
    const fake::DmaMachine machine;
    const auto refused = [](const fake::Disk::Setup& setup) {
        fake::Disk device(setup);
        driver::virtio::block::Disk disk(device);
        const Result result = disk.bring_up();
        return !result && (device.status() & driver::virtio::status::failed) != 0;
    };
    for (const std::uint32_t size : {0u, 256u, 513u, 3072u, 1u << 20})
        CHECK(refused({.features = fake::feature(fake::block_size_bit), .block_size = size}));
    CHECK(refused({.features = fake::feature(fake::size_max_bit), .size_max = 0}));
    CHECK(refused({.features = fake::feature(fake::seg_max_bit), .seg_max = 0}));
    CHECK(refused({.features = fake::feature(fake::size_max_bit), .size_max = 32}));
    CHECK(refused({.queue_size = 2}));
    CHECK_FALSE(refused({}));
}

TEST_CASE("blk: what completions submit is handed over with one notification") {
    Fixture fixture;
    std::vector<std::unique_ptr<Job>> jobs;
    for (unsigned i = 0; i < 10; ++i) {
        Job& job = *jobs.emplace_back(std::make_unique<Job>(BlockOperation::read, i, 1));
        job.request.context = &fixture.disk;
        job.request.completed = [](BlockRequest& request, Result) {
            request.completed = [](BlockRequest&, Result) {};
            CHECK(static_cast<driver::virtio::block::Disk*>(request.context)->submit(request));
        };
        REQUIRE(fixture.disk.submit(job.request));
    }
    const unsigned before = fixture.device.notifications;
    fixture.device.answer_silently(10);
    CHECK(fixture.device.waiting() == 0);
    fixture.device.interrupt(true, false);
    CHECK(fixture.device.waiting() == 10);
    CHECK(fixture.device.notifications == before + 1);
    fixture.device.answer_all();
}

TEST_CASE("blk: a completion may submit the next request, or the same one again") {
    Fixture fixture;

    struct Chain {
        driver::virtio::block::Disk& disk;
        int left;
    } chain{fixture.disk, 1000};

    Job job(BlockOperation::read, 0, 8);
    job.request.context = &chain;
    job.request.completed = [](BlockRequest& request, Result result) {
        auto& chain = *static_cast<Chain*>(request.context);
        CHECK(result);
        if (--chain.left > 0) CHECK(chain.disk.submit(request));
    };
    REQUIRE(fixture.disk.submit(job.request));
    fixture.device.answer_all();
    CHECK(chain.left == 0);
}
