// What the kernel's discovery makes of device trees, on the host: read-device-tree [--tree] FILE…
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "platform/shared/device_tree.h"
#include "tools/print.h"

namespace {

/// The whole file, in a buffer of exactly its size, so that the sanitizer sees who reads beyond it.
std::vector<char> read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    bytes.shrink_to_fit();
    return bytes;
}

void print_range(std::string_view what, base::PhysicalRange range) {
    print("  {:<10} {:#018x} {:#x}\n", what, range.start.value, range.size);
}

void print_device(const hal::Device& device) {
    print("  {:<24} {:<32}", device.name, device.compatible);
    for (const base::PhysicalRange& range : device.registers)
        print(" {:#x}+{:#x}", range.start.value, range.size);
    for (const hal::InterruptLine& line : device.interrupts)
        print(" interrupt {}{}{}", line.number, line.edge_triggered ? " edge" : "",
              line.active_low ? " low" : "");
    print("\n");
}

void print_boot_info(const hal::BootInfo& info) {
    print("machine '{}', {} CPUs, {} MiB, {} devices, {} omitted\n", info.machine, info.cpus.size(),
          info.memory_size() >> 20, info.devices.size(), info.omitted);
    if (!info.command_line.view().empty()) print("  command line '{}'\n", info.command_line);
    for (const base::PhysicalRange& range : info.memory) print_range("memory", range);
    for (const hal::Reserved& reserved : info.reserved)
        print_range(hal::name(reserved.reason), reserved.range);
    for (const hal::Cpu& cpu : info.cpus) print("  cpu        {:#x}\n", cpu.hardware_id);
    for (const hal::Device& device : info.devices) print_device(device);
}

/// False when the tree is faulty; what was found before the fault is shown all the same.
bool show(const char* path, bool whole_tree) {
    const std::vector<char> blob = read(path);
    const auto start = std::chrono::steady_clock::now();
    const auto tree = platform::DeviceTree::check(blob.data(), blob.size());
    auto info = std::make_unique<hal::BootInfo>();
    const auto found = tree ? platform::discover(*tree, 0, *info) : std::unexpected(tree.error());
    const auto took = std::chrono::steady_clock::now() - start;
    print("{}: {} in {} us: ", path, found ? "read" : found.error().detail.view(),
          took / std::chrono::microseconds(1));
    print_boot_info(*info);
    if (tree && whole_tree) platform::print_device_tree(*tree, standard_output);
    return found.has_value();
}

} // namespace

int main(int count, char** arguments) {
    bool good = count > 1;
    bool whole_tree = false;
    for (int i = 1; i < count; ++i)
        if (std::strcmp(arguments[i], "--tree") == 0)
            whole_tree = true;
        else
            good &= show(arguments[i], whole_tree);
    return good ? 0 : 1;
}
