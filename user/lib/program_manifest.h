// The manifest of a program that is to be started, and what it is given for it.
#pragma once

#include <concepts>
#include <string_view>

#include "kernel/base/text.h"
#include "user/lib/file.h"
#include "user/lib/grants.h"
#include "user/lib/print.h"

namespace trivium {

/// NAME.manifest.
using ManifestName = base::Text<abi::name_length + 16>;

inline constexpr std::string_view manifest_suffix = ".manifest";

inline ManifestName manifest_name(std::string_view program) {
    return ManifestName::of("{}{}", program, manifest_suffix);
}

/// The manifest of a file; whose names lie in the initrd. Error::corrupt, after it has been told what is
/// wrong where.
Result<Manifest> read_manifest(const File& file);

/// The same of a program; one without is a program that needs nothing.
Result<Manifest> manifest_of(std::string_view program);

/// What a program is given for its manifest, where `find(need)` gives a capability, or an error for what
/// there is not: then the program goes without, and finds out when it opens it. Error::limit_reached.
template <class Find>

requires std::same_as<std::invoke_result_t<Find, const Need&>, Result<Owned>>

    Result<void> add_needs(GrantList& grants, const Manifest& manifest, Find find) {
    for (const Need& need : manifest.needs()) {
        auto capability = find(need);
        if (!capability) continue;
        if (const auto added = grants.add_need(need, std::move(*capability)); !added) return added;
    }
    return {};
}

} // namespace trivium
