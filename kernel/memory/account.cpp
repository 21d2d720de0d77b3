// Takes frames from the kernel's allocator on somebody's account.
#include "kernel/memory/account.h"

#include "kernel/base/log.h"
#include "kernel/memory/page_bytes.h"

namespace memory {

std::expected<Account*, Error> Account::create(std::uint64_t limit) {
    auto* const account = new Account(limit);
    if (!account) return std::unexpected(Error::out_of_memory);
    return account;
}

void Account::release() {
    if (--references_ == 0) delete this;
}

std::expected<PhysicalAddress, Error> Account::take(FrameUse use) {
    if (frames_ >= limit_) return std::unexpected(Error::limit_reached);
    const auto frame = memory::frames().allocate(0, use);
    if (frame) ++frames_;
    return frame;
}

std::expected<PhysicalAddress, Error> Account::take_zeroed(FrameUse use) {
    const auto frame = take(use);
    if (frame) clear_page(*frame);
    return frame;
}

void Account::give(PhysicalAddress frame) {
    base::check(memory::frames().free(frame).has_value(), "memory: a frame is given back that was not taken");
    --frames_;
}

} // namespace memory
