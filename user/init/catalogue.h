// All services that there are: those of the initrd's manifests, and those that processes offer.
#pragma once

#include <array>
#include <string_view>

#include "user/init/service.h"
#include "user/lib/grants.h"
#include "user/lib/mutex.h"

namespace init {

class Catalogue {
public:
    static constexpr std::size_t most_services = 24;

    /// Guards the catalogue and all services in it.
    trivium::Mutex& mutex() { return mutex_; }

    /// Describes every program whose manifest says that init is to start it, and the name service. One that
    /// cannot be read is told of and left out. Returns what the name service receives from. Errors of the
    /// initrd.
    Result<Handle> load();
    void start_at_boot();

    /// Null: there is no such service.
    Service* find(std::string_view name);
    /// The one of that index; null behind the last.
    Service* at(std::size_t index);
    /// Takes up a service that a process offers. Error::occupied; Error::limit_reached;
    /// Error::wrong_type: that is no endpoint.
    Result<void> offer(std::string_view name, Owned endpoint);

    /// What a program needs: what init was given under that name, or a service's endpoint; and
    /// besides with the right to grant. Error::not_found.
    Result<Owned> find_need(const trivium::Need& need);

    /// A badge that nobody else has.
    std::uint64_t new_badge() { return next_badge_++; }

private:
    Result<void> read_manifests();
    void add(const trivium::File& file);
    Service* free_place();

    trivium::Mutex mutex_;
    std::array<Service, most_services> services_;
    std::uint64_t next_badge_ = std::uint64_t{1} << 32; ///< Above those that manifests name.
};

} // namespace init
