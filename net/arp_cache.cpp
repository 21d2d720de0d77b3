// A table that is searched from end to end: it is small, and a packet asks it once.
#include "net/arp_cache.h"

#include <algorithm>

namespace net {

std::optional<MacAddress> ArpCache::find(Ipv4Address address, base::Nanoseconds now) const {
    const auto* entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end() || !entry->is_valid(now)) return {};
    return entry->mac;
}

void ArpCache::learn(Ipv4Address address, const MacAddress& mac, base::Nanoseconds now) {
    auto* entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end()) entry = std::ranges::find(entries_, Ipv4Address{}, &Entry::address);
    if (entry == entries_.end()) entry = std::ranges::min_element(entries_, {}, &Entry::heard);
    *entry = {address, mac, now};
}

void ArpCache::refresh(Ipv4Address address, const MacAddress& mac, base::Nanoseconds now) {
    if (find(address, now)) learn(address, mac, now);
}

} // namespace net
