// What drivers have taken, kept for the `devices` command.
#include "kernel/base/log.h"
#include "kernel/base/static_vector.h"
#include "kernel/device/driver.h"

namespace device {
namespace {

constinit base::StaticVector<Attached, 128> attached_devices;

} // namespace

void note_attached(const Attached& attached) {
    if (!attached_devices.push_back(attached))
        base::log("devices: no room to list {}, {}", attached.place, attached.driver);
}

void print_attached(base::Sink sink) {
    for (const Attached& attached : attached_devices)
        base::format(sink, "  {:<24} {:<24} {}\n", attached.place, attached.driver, attached.features);
}

} // namespace device
