// Finds and reads manifests.
#include "user/lib/program_manifest.h"

namespace trivium {

Result<Manifest> read_manifest(const File& file) {
    const auto manifest = Manifest::parse(file.content());
    if (manifest) return *manifest;
    print_error("{}: line {}: {}\n", file.name(), manifest.error().line, manifest.error().what);
    return std::unexpected(Error::corrupt);
}

Result<Manifest> manifest_of(std::string_view program) {
    const auto file = File::open(manifest_name(program));
    if (file) return read_manifest(*file);
    if (file.error() == Error::not_found) return Manifest();
    return std::unexpected(file.error());
}

} // namespace trivium
