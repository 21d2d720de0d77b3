// Reads the manifests, and finds services and what they need.
#include "user/init/catalogue.h"

#include <algorithm>

#include "user/lib/print.h"
#include "user/lib/program_manifest.h"

namespace init {

using namespace trivium;

Result<Handle> Catalogue::load() {
    const auto endpoint = call::create(abi::ObjectType::endpoint, 0);
    if (!endpoint) return endpoint;
    services_.front().offer("names", Owned(*endpoint));
    if (const auto read = read_manifests(); !read) return std::unexpected(read.error());
    return *endpoint;
}

Result<void> Catalogue::read_manifests() {
    return for_each_file([this](const File& file) {
        if (file.name().ends_with(manifest_suffix)) add(file);
    });
}

void Catalogue::add(const File& file) {
    const auto manifest = read_manifest(file);
    if (!manifest || (manifest->service().empty() && !manifest->starts_at_boot())) return;
    Service* const place = free_place();
    const std::string_view program = file.name().substr(0, file.name().size() - manifest_suffix.size());
    if (place == nullptr || (!manifest->service().empty() && find(manifest->service()) != nullptr))
        return print("init: {}: left out: {}\n", file.name(),
                     place == nullptr ? "there are too many services" : "there is a service of that name");
    place->describe(*this, program, *manifest);
}

void Catalogue::start_at_boot() {
    const Locked locked(mutex_);
    for (Service& service : services_)
        if (service.starts_at_boot())
            if (const auto started = service.start(); !started)
                print("init: {} does not start: {}\n", service.name(), started.error());
}

Service* Catalogue::find(std::string_view name) {
    const auto found = std::ranges::find_if(
        services_, [&](const Service& each) { return each.name() == name && !each.is_free(); });
    return found == services_.end() ? nullptr : &*found;
}

Service* Catalogue::at(std::size_t index) {
    for (Service& service : services_)
        if (!service.is_free() && index-- == 0) return &service;
    return nullptr;
}

/// Or that of a service which has gone.
Service* Catalogue::free_place() {
    const auto found = std::ranges::find_if(services_, &Service::is_free);
    return found == services_.end() ? nullptr : &*found;
}

Result<void> Catalogue::offer(std::string_view name, Owned endpoint) {
    const auto identity = call::identify(endpoint.get());
    if (!identity || identity->type != abi::ObjectType::endpoint) return std::unexpected(Error::wrong_type);
    if (find(name) != nullptr) return std::unexpected(Error::occupied);
    Service* const place = free_place();
    if (place == nullptr) return std::unexpected(Error::limit_reached);
    place->offer(name, std::move(endpoint));
    return {};
}

/// Init's own come first: no process can put a service of its own in their place.
Result<Owned> Catalogue::find_need(const Need& need) {
    if (auto own = open(need.name); own) return own;
    Service* const service = find(need.name);
    if (service != nullptr && service->serves())
        return service->derive(need.rights | right::grant, need.badge != 0 ? need.badge : new_badge());
    return std::unexpected(Error::not_found);
}

} // namespace init
