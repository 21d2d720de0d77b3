// Spawning: arguments and environment in the form in which the kernel copies them.
#include "user/lib/process.h"

#include <algorithm>
#include <array>

namespace trivium {
namespace {

/// Strings one behind the other, each ended by a zero.
class Strings {
public:
    /// Error::too_large when they do not fit.
    Result<std::span<const char>> append(std::span<const std::string_view> texts) {
        const std::size_t start = size_;
        for (const std::string_view text : texts) {
            if (text.size() >= bytes_.size() - size_) return std::unexpected(Error::too_large);
            std::ranges::copy(text, bytes_.begin() + size_);
            size_ += text.size();
            bytes_[size_++] = '\0';
        }
        return std::span<const char>(bytes_).subspan(start, size_ - start);
    }

private:
    std::size_t size_ = 0;
    std::array<char, abi::argument_bytes> bytes_; // Not cleared: only its first size_ bytes are handed over.
};

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

/// As much of a name as fits with a zero behind it.
void set_name(std::array<char, abi::name_length>& to, std::string_view name) {
    std::ranges::copy(name.substr(0, to.size() - 1), to.begin());
}

} // namespace

abi::Grant grant(std::string_view name, Handle handle, Rights rights) {
    abi::Grant grant{.handle = handle, .rights = rights};
    set_name(grant.name, name);
    return grant;
}

abi::Grant grant_standard(Handle place, Handle handle, Rights rights) {
    return {.handle = handle, .rights = rights, .standard = static_cast<std::uint16_t>(place.slot)};
}

Result<Process> Process::spawn(const Image& image, const SpawnOptions& options) {
    Strings strings;
    const auto arguments = strings.append(options.arguments);
    const auto environment = strings.append(options.environment);
    if (!arguments || !environment) return std::unexpected(Error::too_large);
    abi::SpawnRequest request{
        .image = image.memory,
        .image_offset = image.offset,
        .image_size = image.size,
        .arguments = address_of(arguments->data()),
        .arguments_size = static_cast<std::uint32_t>(arguments->size()),
        .argument_count = static_cast<std::uint32_t>(options.arguments.size()),
        .environment = address_of(environment->data()),
        .environment_size = static_cast<std::uint32_t>(environment->size()),
        .environment_count = static_cast<std::uint32_t>(options.environment.size()),
        .grants = address_of(options.grants.data()),
        .grant_count = static_cast<std::uint32_t>(options.grants.size()),
        .priority = options.priority,
        .memory_limit = options.memory_limit,
        .handle_limit = options.handle_limit,
        .process_limit = options.process_limit,
    };
    if (!options.arguments.empty()) set_name(request.name, options.arguments.front());
    const auto spawned = call::spawn(request);
    if (!spawned) return std::unexpected(spawned.error());
    return Process(Owned(spawned->handle), spawned->id);
}

Result<Process> Process::spawn(std::string_view name, const SpawnOptions& options) {
    const auto file = File::open(name);
    if (!file) return std::unexpected(file.error());
    const auto image = file->image();
    if (!image) return std::unexpected(image.error());
    return spawn(*image, options);
}

} // namespace trivium
