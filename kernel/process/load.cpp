// Segments, stack and start information of a new program.
#include "kernel/process/load.h"

#include <algorithm>

#include "hal/cpu.h"
#include "kernel/abi/process.h"
#include "kernel/base/log.h"

namespace process {
namespace {

using memory::AddressSpace;
using memory::FrameSet;

constexpr std::uint64_t stack_size = 256 * 1024;
constexpr VirtualAddress stack_top{abi::highest_address};

/// Read-only pages can be the image's own, as long as nobody can write to that.
bool can_share(const Segment& segment, const FrameSet& image) {
    return !segment.permissions.write && !image.is_writable() &&
           segment.size == base::align_up(segment.file_size, base::page_size);
}

/// Fills fresh pages from the file: mapped writable at first, and then with the permissions that they are to
/// have.
std::expected<void, Error> copy_segment(AddressSpace& space, Image& image, const Segment& segment) {
    if (const auto mapped = space.map(segment.address, segment.size, {.read = true, .write = true}); !mapped)
        return std::unexpected(mapped.error());
    for (std::uint64_t done = 0; done < segment.file_size; done += base::page_size) {
        const auto place = space.resolve(segment.address + done, memory::Access::write);
        if (!place) return std::unexpected(place.error());
        const std::uint64_t count = std::min(segment.file_size - done, base::page_size);
        const std::span page(hal::direct<std::byte>(*place), count);
        if (const auto read = image.read(segment.offset + done, page); !read) return read;
        if (segment.permissions.execute) hal::Mmu::publish_code(hal::to_virtual(*place), count);
    }
    if (segment.permissions.write) return {};
    return space.protect(segment.address, segment.size, segment.permissions);
}

std::expected<void, Error> load_segment(AddressSpace& space, Image& image, const Segment& segment) {
    if (!can_share(segment, *image.frames)) return copy_segment(space, image, segment);
    const auto mapped = space.map(segment.address, segment.size, segment.permissions, image.frames,
                                  image.offset + segment.offset);
    if (!mapped) return std::unexpected(mapped.error());
    return {};
}

/// From the top down: environment, arguments, StartInfo.
std::expected<Loaded, Error> build_stack(AddressSpace& space, const Program& program, Strings arguments,
                                         Strings environment) {
    // [lab 10: lay out the stack]
    if (const auto mapped = space.map(stack_top - stack_size, stack_size, {.read = true, .write = true});
        !mapped)
        return std::unexpected(mapped.error());
    const VirtualAddress environment_at = stack_top - environment.bytes.size();
    const VirtualAddress arguments_at = environment_at - arguments.bytes.size();
    const VirtualAddress info_at = (arguments_at - sizeof(abi::StartInfo)).aligned_down(16);
    const abi::StartInfo info{.argument_count = arguments.count,
                              .environment_count = environment.count,
                              .arguments = arguments_at.value,
                              .environment = environment_at.value,
                              .heap_start = (program.end() + base::page_size).value};
    const auto put = [&](VirtualAddress at, std::span<const std::byte> bytes) {
        return memory::UserBuffer(space, at, bytes.size()).write(0, bytes);
    };
    for (const auto& written : {put(environment_at, environment.bytes), put(arguments_at, arguments.bytes),
                                memory::write_value(space, info_at, info)})
        if (!written) return std::unexpected(written.error());
    return Loaded{.entry = program.entry, .stack = info_at, .start_info = info_at};
    // [/lab]
}

} // namespace

std::expected<Loaded, Error> load(AddressSpace& space, Image image, std::uint64_t most_memory,
                                  std::string_view name, Strings arguments, Strings environment) {
    const auto program = parse_elf(image.reader(), hal::CurrentCpu::elf_machine, most_memory);
    if (!program) {
        base::log("spawn: {}: {}", name, program.error().detail);
        return std::unexpected(program.error().error);
    }
    for (const Segment& segment : program->segments)
        if (const auto loaded = load_segment(space, image, segment); !loaded)
            return std::unexpected(loaded.error());
    return build_stack(space, *program, arguments, environment);
}

} // namespace process
