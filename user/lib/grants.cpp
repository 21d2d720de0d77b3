// Collects what children are given.
#include "user/lib/grants.h"

namespace trivium {

GrantList GrantList::usual() {
    GrantList list; // A name that this process does not have, its children do not get.
    (void)list.add_named("null", right::read | right::write | right::grant);
    (void)list.add_named("random", right::read | right::grant);
    (void)list.add_named("system", right::read | right::grant);
    (void)list.add_named("initrd", right::read | right::execute | right::grant);
    (void)list.add_named("names", right::write | right::call | right::grant);
    return list;
}

Result<void> GrantList::add_named(std::string_view name, Rights rights) {
    const auto handle = keep_opened(name);
    if (!handle) return std::unexpected(handle.error());
    grants_[count_++] = grant(name, *handle, rights);
    return {};
}

Result<void> GrantList::add(std::string_view name, Handle handle, Rights rights) {
    if (count_ == limit) return std::unexpected(Error::limit_reached);
    grants_[count_++] = grant(name, handle, rights);
    return {};
}

Result<void> GrantList::add_standard(Handle place, std::string_view name, Rights rights) {
    const auto handle = keep_opened(name);
    if (!handle) return std::unexpected(handle.error());
    grants_[count_++] = grant_standard(place, *handle, rights);
    return {};
}

Result<void> GrantList::add_need(const Need& need, Owned capability) {
    const bool is_output = need.place == Need::Place::output;
    if (count_ + (is_output ? 2 : 1) > limit) return std::unexpected(Error::limit_reached);
    const Handle handle = capability.get();
    handles_[count_] = std::move(capability);
    if (need.place == Need::Place::named)
        return grants_[count_++] = grant(need.name, handle, need.rights), Result<void>();
    grants_[count_++] =
        grant_standard(is_output ? abi::standard_output : abi::standard_input, handle, need.rights);
    if (is_output) grants_[count_++] = grant_standard(abi::standard_error, handle, need.rights);
    return {};
}

Result<Handle> GrantList::keep_opened(std::string_view name) {
    if (count_ == limit) return std::unexpected(Error::limit_reached);
    auto handle = open(name);
    if (!handle) return std::unexpected(handle.error());
    handles_[count_] = std::move(*handle);
    return handles_[count_].get();
}

} // namespace trivium
