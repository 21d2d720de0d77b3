// A device for programs, made of variables, and how init comes by its capabilities.
#pragma once

#include <map>
#include <utility>

#include "kernel/device/offered.h"
#include "test/host/fake_talkers.h"

namespace fake {

class Gadget final : public device::OfferedDevice {
public:
    std::map<std::uint64_t, std::uint32_t> registers;
    bool hangs_in_reset = false, has_no_line = false;
    unsigned resets = 0, acknowledged = 0;
    Listener listener; ///< Null when nobody listens.

    bool is_open() const { return listener.on_interrupt != nullptr; }

    void interrupt() {
        if (listener.on_interrupt) listener.on_interrupt(listener.context);
    }

    std::string_view name() const override { return "gadget"; }

    std::expected<std::uint32_t, abi::Error> read(std::uint64_t offset, std::uint64_t bytes) override {
        if (bytes > 4 || !registers.contains(offset)) return std::unexpected(abi::Error::invalid_argument);
        return registers[offset];
    }

    std::expected<void, abi::Error> write(std::uint64_t offset, std::uint64_t bytes,
                                          std::uint32_t value) override {
        if (bytes > 4 || !registers.contains(offset)) return std::unexpected(abi::Error::invalid_argument);
        registers[offset] = value;
        return {};
    }

    std::expected<void, abi::Error> reset() override {
        ++resets;
        if (hangs_in_reset) return std::unexpected(abi::Error::timed_out);
        return {};
    }

    std::expected<void, abi::Error> listen(Listener to) override {
        if (has_no_line) return std::unexpected(abi::Error::not_found);
        listener = to;
        return {};
    }

    void acknowledge() override { ++acknowledged; }

    void ignore() override { listener = {}; }
};

/// Makes an object of T, of which init gets a capability with all rights; the handle.
template <class T>
std::uint64_t give_init(Talkers& talkers, Gadget& gadget) {
    std::uint64_t handle = 0;
    talkers.programs.act([&] {
        REQUIRE(process::make_room(talkers.init()));
        const auto made =
            object::commit(axiom::create_object(talkers.init().pid, T::object_type, 0, abi::right::all));
        REQUIRE(made);
        object::bind(*new T(gadget), made->object, made->index);
        handle = abi::to_word(made->handle);
    });
    return handle;
}

} // namespace fake
