// What a device has been shown of memory, and until when.
#include "kernel/object/device.h"

#include <algorithm>

#include "kernel/base/log.h"

namespace object {
namespace {

/// Nobody can drive it any more. One that does not come back from reset may write for ever: its frames stay.
void on_end(Object& object) {
    auto& device = static_cast<Device&>(object);
    if (!device.reset())
        base::log("{}: it does not come back from reset; its memory is never used again",
                  device.registers.name());
}

} // namespace

void Device::register_type() {
    object::register_type(
        object_type, {.end = on_end, .free = [](Object& object) { delete &static_cast<Device&>(object); }});
}

std::expected<base::PhysicalAddress, abi::Error> Device::share(memory::FrameSet& frames,
                                                               std::uint64_t offset) {
    if (offset % base::page_size != 0) return std::unexpected(abi::Error::misaligned);
    if (offset >= frames.size()) return std::unexpected(abi::Error::invalid_argument);
    if (!frames.is_writable()) return std::unexpected(abi::Error::read_only);
    const auto page = frames.page(offset);
    if (!page) return page;
    if (const auto kept = keep(frames); !kept) return std::unexpected(kept.error());
    return page;
}

std::expected<void, abi::Error> Device::keep(memory::FrameSet& frames) {
    if (std::ranges::find(shared_, &frames) != shared_.end()) return {};
    if (!shared_.push_back(&frames)) return std::unexpected(abi::Error::limit_reached);
    frames.retain();
    return {};
}

std::expected<void, abi::Error> Device::reset() {
    if (const auto quiet = registers.reset(); !quiet) return quiet;
    for (memory::FrameSet* const frames : shared_) frames->release();
    shared_.clear();
    return {};
}

} // namespace object
