// The Memory object: frames behind a capability, which processes map, read and write.
#pragma once

#include "kernel/memory/frame_set.h"
#include "kernel/object/object.h"

namespace object {

class Memory final : public Object {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::memory;

    /// Takes over one reference to `set`.
    explicit Memory(memory::FrameSet& set) : Object(object_type), frames(set) {}

    ~Memory() { frames.release(); }

    memory::FrameSet& frames;
};

} // namespace object
