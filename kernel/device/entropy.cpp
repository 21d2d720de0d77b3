// The table of entropy sources.
#include "kernel/device/entropy.h"

#include "kernel/device/registry.h"

namespace device {
namespace {

constinit Registry<EntropySource> sources;

} // namespace

std::expected<void, abi::Error> register_entropy_source(EntropySource& source) { return sources.add(source); }

EntropySource* entropy_source(std::size_t index) { return sources.at(index); }

} // namespace device
