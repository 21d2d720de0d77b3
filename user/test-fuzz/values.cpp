// Values at the edges of what is valid.
#include "user/test-fuzz/values.h"

#include <algorithm>

#include "user/lib/time.h"

namespace fuzz {

using namespace trivium;

namespace {

constexpr std::array<std::uint64_t, 14> hostile{
    0,
    1,
    0xfff,
    abi::lowest_address - 1,
    abi::highest_address - 1,
    abi::highest_address,
    std::uint64_t{1} << 38,
    std::uint64_t{1} << 47,
    (std::uint64_t{1} << 47) - page_size,
    0x8000'0000'0000'0000,
    0xffff'8000'0000'0000,
    0xffff'ffff'8000'0000,
    ~std::uint64_t{0} - page_size + 1,
    ~std::uint64_t{0},
};

/// Slots that this process has had from its start.
constexpr std::uint32_t born_with = 10;

/// From here on a length reaches beyond user space, wherever it starts.
constexpr std::uint64_t far_beyond = std::uint64_t{1} << 39;

} // namespace

Result<void> Values::prepare() {
    for (Mapping* mapping : {&arena_, &read_only_, &stack_}) {
        const Rights rights = mapping == &read_only_ ? right::read : right::read | right::write;
        auto made = Mapping::create(arena_pages * page_size, rights);
        if (!made) return std::unexpected(made.error());
        *mapping = std::move(*made);
    }
    // Later there may be no memory left, and a thread whose stack has no page ends its process.
    std::ranges::fill(stack_.bytes(), std::byte{0});
    return {};
}

std::uint64_t Values::any_word() {
    switch (below(4)) {
    case 0: return hostile[below(hostile.size())];
    case 1: return std::uint64_t{1} << below(64);
    case 2: return below(64);
    default: return random_.next();
    }
}

std::uint64_t Values::address() {
    const std::uint64_t inside = below(arena_.size() + page_size); // One page more than there is.
    switch (below(4)) {
    case 0: return hostile[below(hostile.size())];
    case 1: return read_only_.address() + inside % read_only_.size();
    default: return arena_.address() + inside;
    }
}

std::uint64_t Values::length() {
    switch (below(6)) {
    case 0: return 0;
    case 1: return far_beyond << below(24);
    case 2: return 0 - below(2 * page_size);
    case 3: return below(8 * page_size);
    default: return below(256);
    }
}

std::uint64_t Values::page_address() {
    if (one_in(4)) return hostile[below(hostile.size())];
    const std::uint64_t page = arena_.address() + below(arena_pages) * page_size;
    return one_in(16) ? page + below(page_size) : page;
}

std::uint64_t Values::page_length() {
    if (one_in(6)) return far_beyond << below(24);
    if (one_in(6)) return 0 - below(4) * page_size;
    return below(4) * page_size + (one_in(8) ? below(page_size) : 0);
}

/// Its own first thread is among those that a process is born with: without it the process would wait for
/// ever, for threads that are suspended.
Handle Values::handle_to_stop() {
    const Handle any = handle();
    return any.slot < born_with ? Handle{} : any;
}

Handle Values::handle() {
    if (one_in(3)) return invented_handle();
    if (one_in(4)) {
        const Handle any = abi::to_handle(any_word());
        return any.slot == abi::self_process.slot ? Handle{} : any;
    }
    return handles_[below(handles_.size())];
}

/// In the slots that this process was born with, mostly of a wrong generation: closed, they would be missed.
Handle Values::invented_handle() {
    const auto slot = 1 + static_cast<std::uint32_t>(below(64));
    const auto generation = static_cast<std::uint32_t>(below(4));
    return {slot, slot < born_with && generation == 1 && !one_in(500) ? 2 : generation};
}

std::uint64_t Values::deadline() { return one_in(2) ? below(1000) : now().value + below(100'000); }

std::uint64_t Values::offset() { return one_in(2) ? below(4 * page_size) : any_word(); }

/// What it takes the place of is closed: else the table would soon be full, and nothing more succeed.
void Values::remember(Handle handle) {
    if (handle.slot == abi::self_process.slot) return;
    Handle& place = handles_[below(handles_.size())];
    (void)call::close(place);
    place = handle;
}

} // namespace fuzz
