// Mutated ACPI tables: each of very many ends in a machine or in a fault that names itself, never in a crash
// or a loop.
#include <doctest/doctest.h>

#include <random>

#include "acpi_firmware.h"
#include "platform/x64/acpi_machine.h"
#include "platform/x64/acpi_print.h"
#include "test/host/seed.h"

using test::Block;
using test::Firmware;

namespace {

using Random = std::mt19937_64;

void mutate_bytes(Block& block, Random& random) {
    static constexpr std::uint8_t telling[] = {0, 1, 2, 0x7f, 0x80, 0xff};
    for (std::uint64_t count = random() % 4 + 1; count > 0; --count) {
        std::byte& byte = block[random() % block.size()];
        if (random() % 2)
            byte ^= static_cast<std::byte>(1 << random() % 8);
        else
            byte = static_cast<std::byte>(telling[random() % std::size(telling)]);
    }
}

/// Damages one block: some bytes, or its end.
void mutate(Firmware& firmware, Random& random) {
    auto chosen = firmware.blocks.begin();
    std::advance(chosen, random() % firmware.blocks.size());
    Block& block = chosen->second;
    if (block.empty()) return;
    if (random() % 8)
        mutate_bytes(block, random);
    else
        block = Block(block.begin(), block.begin() + random() % block.size());
    if (random() % 32 == 0 && block.size() >= 8)
        test::store(block, 4, static_cast<std::uint32_t>(random() % (2 * block.size())));
}

struct Outcome {
    unsigned machines = 0;
    unsigned refused_tables = 0;
    unsigned refused_contents = 0;
};

void use(const Firmware& firmware, Outcome& outcome) {
    static hal::BootInfo boot_info;
    const auto tables = firmware.find();
    if (!tables) {
        ++outcome.refused_tables;
        REQUIRE(tables.error().detail.view().starts_with("ACPI: "));
        return;
    }
    std::uint64_t printed = 0;
    platform::print_acpi_tables(
        *tables, firmware.memory(),
        {[](void* context, std::string_view text) { *static_cast<std::uint64_t*>(context) += text.size(); },
         &printed});
    if (tables->begin() != tables->end()) REQUIRE(printed > 0);
    const auto machine = platform::read_acpi_machine(*tables);
    if (!machine) {
        ++outcome.refused_contents;
        REQUIRE(machine.error().detail.view().starts_with("ACPI: "));
        return;
    }
    ++outcome.machines;
    boot_info.cpus.clear();
    boot_info.devices.clear();
    platform::list_acpi_devices(*machine, 0, boot_info);
}

} // namespace

TEST_CASE("acpi: 100,000 mutations") {
    const Firmware typical = Firmware::typical();
    Random random(test::seed(0x6163'7069));
    Outcome outcome;
    for (int round = 0; round < 100'000; ++round) {
        Firmware firmware = typical;
        for (std::uint64_t count = random() % 3 + 1; count > 0; --count)
            if (!firmware.blocks.empty()) mutate(firmware, random);
        if (round % 2) firmware.fix_checksums(); // So that the damage reaches the parsers proper.
        use(firmware, outcome);
    }
    MESSAGE("machines ", outcome.machines, ", tables refused ", outcome.refused_tables, ", contents refused ",
            outcome.refused_contents);
    CHECK(outcome.machines > 1'000);
    CHECK(outcome.refused_tables > 1'000);
    CHECK(outcome.refused_contents > 1'000);
}
