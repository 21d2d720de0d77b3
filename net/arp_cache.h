// Who has which address, as far as is known: bounded, and forgotten after a minute.
#pragma once

#include <array>
#include <optional>

#include "kernel/base/time.h"
#include "net/address.h"

namespace net {

class ArpCache {
public:
    static constexpr std::size_t capacity = 32;
    static constexpr base::Nanoseconds lifetime = base::seconds(60);

    struct Entry {
        Ipv4Address address{}; ///< Not set: the entry is free.
        MacAddress mac{};
        base::Nanoseconds heard{}; ///< When its host spoke last.

        bool is_valid(base::Nanoseconds now) const { return address.is_set() && now - heard < lifetime; }
    };

    std::optional<MacAddress> find(Ipv4Address address, base::Nanoseconds now) const;
    /// Notes an address; when there is no room, the host that has been silent longest is forgotten.
    void learn(Ipv4Address address, const MacAddress& mac, base::Nanoseconds now);
    /// The same, but only for an address that is known already.
    void refresh(Ipv4Address address, const MacAddress& mac, base::Nanoseconds now);

    void clear() { entries_ = {}; }

    const std::array<Entry, capacity>& entries() const { return entries_; }

private:
    std::array<Entry, capacity> entries_{};
};

} // namespace net
