// The Device object: a device that a program drives, and the memory that it may reach meanwhile.
//
//     share ──> the device knows the address of a frame: it is kept, whoever else lets go of it
//     reset ──> the device is quiet: all such frames are let go
//
// Nothing keeps a device from memory that was not shared with it: there is no IOMMU. Whoever holds this
// capability is trusted with all of memory; what the object sees to is that no mistake of others (a process
// that dies) makes a device write to frames that are somebody else's by then.
#pragma once

#include "kernel/base/static_vector.h"
#include "kernel/device/offered.h"
#include "kernel/memory/frame_set.h"
#include "kernel/object/object.h"

namespace object {

class Device final : public Object {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::device;
    static constexpr std::size_t most_shared = 16; ///< Memory objects, at a time.

    explicit Device(device::OfferedDevice& of) : Object(object_type), registers(of) {}

    static void register_type();

    /// Keeps memory for the device; the address on the bus of its page at `offset`, a multiple of the page
    /// size. Error::invalid_argument beyond its end, Error::misaligned, Error::read_only,
    /// Error::limit_reached, and those of FrameSet::page.
    std::expected<base::PhysicalAddress, abi::Error> share(memory::FrameSet& frames, std::uint64_t offset);

    /// Resets the device, then lets its memory go. Error::timed_out, and nothing is let go.
    std::expected<void, abi::Error> reset();

    device::OfferedDevice& registers;

private:
    std::expected<void, abi::Error> keep(memory::FrameSet& frames);

    base::StaticVector<memory::FrameSet*, most_shared> shared_;
};

} // namespace object
