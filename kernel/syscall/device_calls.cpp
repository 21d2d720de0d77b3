// System calls of drivers that are programs.
#include "kernel/syscall/device_calls.h"

#include <span>

#include "kernel/ipc/interrupt.h"
#include "kernel/object/memory.h"

namespace calls {
namespace {

/// The bytes of a register's value, in the machine's own order.
auto bytes_of(std::uint32_t& value, std::uint64_t count) {
    return std::as_writable_bytes(std::span(&value, 1)).first(count);
}

std::expected<std::uint64_t, Error> share_page(const Call& call) {
    const auto device = call.object<object::Device>(0, abi::right::manage);
    if (!device) return std::unexpected(device.error());
    const auto memory = call.object<object::Memory>(1, abi::right::read | abi::right::write);
    if (!memory) return std::unexpected(memory.error());
    const auto address = (*device)->share((*memory)->frames, call.argument(2));
    if (!address) return std::unexpected(address.error());
    return address->value;
}

std::expected<void, Error> reset_device(const Call& call) {
    const auto device = call.object<object::Device>(0, abi::right::manage);
    return device ? (*device)->reset() : std::unexpected(device.error());
}

} // namespace

std::expected<std::uint64_t, Error> read_register(const Call& call, object::Device& device) {
    const memory::UserBuffer buffer = call.buffer(1, 2);
    auto value = device.registers.read(call.argument(3), buffer.size());
    if (!value) return std::unexpected(value.error());
    if (const auto written = buffer.write(0, bytes_of(*value, buffer.size())); !written)
        return std::unexpected(written.error());
    return buffer.size();
}

std::expected<std::uint64_t, Error> write_register(const Call& call, object::Device& device) {
    const memory::UserBuffer buffer = call.buffer(1, 2);
    std::uint32_t value = 0;
    if (buffer.size() > sizeof value) return std::unexpected(Error::invalid_argument);
    if (const auto read = buffer.read(0, bytes_of(value, buffer.size())); !read)
        return std::unexpected(read.error());
    if (const auto written = device.registers.write(call.argument(3), buffer.size(), value); !written)
        return std::unexpected(written.error());
    return buffer.size();
}

void acknowledge(const Call& call) {
    const auto interrupt = call.object<ipc::Interrupt>(0, abi::right::read);
    if (!interrupt) return call.fail(interrupt.error());
    (*interrupt)->acknowledge();
    call.succeed();
}

void share(const Call& call) { call.finish(share_page(call)); }

void reset(const Call& call) { call.finish(reset_device(call)); }

} // namespace calls
