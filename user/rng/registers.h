// The registers of a virtio device, reached through its Device capability.
#pragma once

#include <string_view>

#include "kernel/abi/virtio.h"
#include "user/lib/calls.h"

namespace rng {

using abi::virtio::Register;
using trivium::Error, trivium::Handle, trivium::Result;

/// After an access that fails nothing more is accessed: result() tells at the end whether all went well.
class Registers {
public:
    explicit Registers(Handle device) : device_(device) {}

    /// 0 after a failure.
    std::uint32_t read(Register which) {
        std::uint32_t value = 0;
        const auto bytes = std::as_writable_bytes(std::span(&value, 1));
        if (result_) note(trivium::call::read(device_, bytes, static_cast<std::uint64_t>(which)));
        return value;
    }

    void write(Register which, std::uint32_t value) {
        const std::string_view bytes(reinterpret_cast<const char*>(&value), sizeof value);
        if (result_) note(trivium::call::write(device_, bytes, static_cast<std::uint64_t>(which)));
    }

    /// One of the addresses, which are pairs of registers.
    void write_address(Register low, std::uint64_t address) {
        write(low, static_cast<std::uint32_t>(address));
        write(static_cast<Register>(static_cast<std::uint32_t>(low) + 4),
              static_cast<std::uint32_t>(address >> 32));
    }

    /// Stops as if an access had failed.
    void fail(Error error) {
        if (result_) result_ = std::unexpected(error);
    }

    const Result<void>& result() const { return result_; }

private:
    void note(const Result<std::uint64_t>& moved) {
        if (!moved) fail(moved.error());
    }

    Handle device_;
    Result<void> result_;
};

} // namespace rng
