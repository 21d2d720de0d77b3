// System calls about the caller's address space.
#include "kernel/object/memory.h"
#include "kernel/syscall/call.h"

namespace calls {
namespace {

memory::Permissions permissions_of(std::uint64_t rights) {
    return memory::Permissions::of({static_cast<std::uint16_t>(rights)});
}

constexpr std::uint64_t mapping_rights = (abi::right::read | abi::right::write | abi::right::execute).bits;

/// The window shall not become more than the capability allows, when its permissions are changed later.
std::expected<std::uint64_t, Error> map_object(const Call& call, std::uint64_t rights) {
    const auto memory = call.object<object::Memory>(3, {static_cast<std::uint16_t>(rights)});
    if (!memory) return std::unexpected(memory.error());
    const auto capability = object::state().capability(call.process().pid, call.handle(3));
    const auto at = call.process().space->map(call.address(0), call.argument(1), permissions_of(rights),
                                              &(*memory)->frames, call.argument(4),
                                              permissions_of(capability->rights.bits), call.handle(3));
    if (!at) return std::unexpected(at.error());
    return at->value;
}

std::expected<std::uint64_t, Error> map_pages(const Call& call) {
    const std::uint64_t rights = call.argument(2);
    if ((rights & ~mapping_rights) != 0) return std::unexpected(Error::invalid_argument);
    if (call.argument(3) != 0) return map_object(call, rights);
    const auto at = call.process().space->map(call.address(0), call.argument(1), permissions_of(rights));
    if (!at) return std::unexpected(at.error());
    return at->value;
}

} // namespace

void map(const Call& call) { call.finish(map_pages(call)); }

void unmap(const Call& call) { call.finish(call.process().space->unmap(call.address(0), call.argument(1))); }

void protect(const Call& call) {
    if ((call.argument(2) & ~mapping_rights) != 0) return call.fail(Error::invalid_argument);
    call.finish(
        call.process().space->protect(call.address(0), call.argument(1), permissions_of(call.argument(2))));
}

} // namespace calls
