// Which driver a virtio device gets: one of the kernel's, or a program.
#include <algorithm>

#include "driver/virtio/device.h"
#include "driver/virtio/offered.h"
#include "kernel/device/driver.h"
#include "kernel/device/entropy.h"

namespace driver::virtio {
namespace {

/// The kernel needs one, for its own random numbers; all others are for programs: "rng", "rng1", …
std::expected<void, Error> place_entropy(Transport& transport) {
    static constinit unsigned offered_count = 0;
    if (!device::entropy_source(0)) return attach_entropy(transport);
    const auto name = offered_count == 0 ? base::Text<16>("rng") : base::Text<16>::of("rng{}", offered_count);
    const auto offered = offer(transport, "virtio-rng", name);
    if (offered) ++offered_count;
    return offered;
}

/// A type of device (5), and who drives it.
struct Type {
    std::uint32_t id;
    std::string_view name;
    Attach attach;
};

constexpr Type types[] = {
    {1, "virtio-net", attach_net},
    {2, "virtio-blk", attach_block},
    {4, "virtio-rng", place_entropy},
};

void note_unused(const Transport& transport, std::string_view name, std::string_view why) {
    device::note_attached({.place = transport.place(),
                           .driver = base::Text<24>::of("{} over {}", name, transport.kind()),
                           .features = why});
}

} // namespace

void attach(Transport& transport) {
    const std::uint32_t id = transport.device_id();
    const Type* type = std::ranges::find(types, id, &Type::id);
    if (type == std::end(types))
        return note_unused(transport, "virtio", base::Text<40>::of("no driver for type {}", id));
    if (const auto attached = type->attach(transport); !attached)
        note_unused(transport, type->name, base::Text<40>::of("not used: {}", attached.error()));
}

} // namespace driver::virtio
