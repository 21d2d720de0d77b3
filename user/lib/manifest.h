// Manifests: what a program needs, in a text beside it: user/NAME/manifest, in the initrd NAME.manifest.
//
//     # a comment
//     service rng                          it serves calls, and is found under this name
//     start at-boot                        when init starts it; else when it is first asked for
//     essential                            init starts it again for ever, and nobody may stop it
//     priority 26
//     needs rng-device read write manage   a capability, under this name
//     needs terminal call badge 4          ... marked with this badge
//     input terminal call badge 1          in the place of the standard input
//     output terminal call badge 2         ... of the standard output, and of the standard error output
//
// Whoever starts the program gives it these, as far as he has them, and nothing else but his own standard
// handles.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "kernel/abi/handle.h"
#include "kernel/abi/object.h"
#include "kernel/abi/process.h"

namespace trivium {

/// A capability that a program needs.
struct Need {
    /// Where it is to be found.
    enum class Place : std::uint8_t { named, input, output };

    Place place = Place::named;
    std::string_view name;
    abi::Rights rights{};
    std::uint64_t badge = 0; ///< 0: as it comes.
};

/// What is wrong with a manifest, and in which line, from 1 on.
struct ManifestFault {
    unsigned line = 0;
    std::string_view what;
};

class Manifest {
public:
    static constexpr std::size_t most_needs = 16;

    /// Reads `text`, in which the manifest's names then lie.
    static std::expected<Manifest, ManifestFault> parse(std::string_view text);

    /// Empty: it is no service.
    std::string_view service() const { return service_; }

    bool starts_at_boot() const { return starts_at_boot_; }

    bool is_essential() const { return is_essential_; }

    std::uint8_t priority() const { return priority_; }

    std::span<const Need> needs() const { return {needs_.data(), count_}; }

private:
    using Outcome = std::expected<void, std::string_view>;

    Outcome read_line(std::string_view line);
    Outcome add_need(Need::Place place, std::string_view rest);
    Outcome set_priority(std::string_view word);
    Outcome set_service(std::string_view word);

    std::string_view service_;
    bool starts_at_boot_ = false;
    bool is_essential_ = false;
    std::uint8_t priority_ = abi::default_priority;
    std::array<Need, most_needs> needs_{};
    std::size_t count_ = 0;
};

} // namespace trivium
