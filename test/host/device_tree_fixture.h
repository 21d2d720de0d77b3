// Device trees for tests: compiled from test/host/dts, dumped by QEMU, and changed by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "platform/shared/device_tree.h"

namespace trees {

/// A blob in a buffer of exactly its size, so that the sanitizer sees who reads beyond it.
class Blob {
public:
    explicit Blob(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

    /// build/host/dtb/<name>.dtb, which `make host-test` builds.
    static Blob load(const std::string& name);

    std::byte* data() { return bytes_.data(); }

    const std::byte* data() const { return bytes_.data(); }

    std::size_t size() const { return bytes_.size(); }

    /// The first `count` bytes, in a buffer of their own.
    Blob first(std::size_t count) const { return Blob({bytes_.begin(), bytes_.begin() + count}); }

    /// One big-endian field of the header or of anything else.
    std::uint32_t field(std::size_t offset) const;
    void set_field(std::size_t offset, std::uint32_t value);

    /// The same tree with a property set, or removed, at the node of that path.
    Blob with(const char* path, const char* property, const std::vector<std::uint32_t>& cells) const;
    Blob with_bytes(const char* path, const char* property, const std::string& bytes) const;
    Blob without(const char* path, const char* property) const;

private:
    std::vector<std::byte> bytes_;
};

/// What became of a blob: the fault of check() or discover(), empty when there was none, and what was found.
struct Outcome {
    std::string fault;
    std::unique_ptr<hal::BootInfo> info = std::make_unique<hal::BootInfo>();
};

Outcome discover(const Blob& blob, std::uint64_t boot_hardware_id = 0);

/// The tree of a blob that is known to be sound.
platform::DeviceTree tree_of(const Blob& blob);

// One value as a line, so that what is expected can be read; numbers of addresses are hexadecimal.
std::string line(const hal::Device& device);     // name | compatible | start+size … | line[ edge][ low] …
std::string line(const hal::Reserved& reserved); // reason start+size
std::string line(const base::PhysicalRange& range);
std::string line(const hal::Cpu& cpu); // id[ boot]

/// All of a list, line by line.
std::vector<std::string> lines(const auto& list) {
    std::vector<std::string> all;
    for (const auto& element : list) all.push_back(line(element));
    return all;
}

} // namespace trees
