// What capabilities there are, in all processes, and how people are shown them.
#pragma once

#include <array>
#include <span>

#include "kernel/base/text.h"
#include "user/lib/inspect.h"

namespace trivium {

/// Calls `use(record)` for each capability, by process and slot; what comes and goes meanwhile may be told or
/// not. Errors as of for_each_record().
template <class Use>
Result<void> for_each_capability(Use use) {
    const auto system = open("system");
    if (!system) return std::unexpected(system.error());
    std::array<abi::CapabilityRecord, 16> records;
    for (std::uint64_t position = 0;;) {
        const auto size = call::inspect(system->get(), abi::Topic::capabilities,
                                        std::as_writable_bytes(std::span(records)), position);
        if (!size) return std::unexpected(size.error());
        const auto told = std::span(records).first(*size / sizeof(abi::CapabilityRecord));
        if (told.empty()) return {};
        for (const abi::CapabilityRecord& record : told) use(record);
        position = position_behind(told.back());
    }
}

/// A letter for each right that there is, and a dash for each that there is not.
inline base::Text<8> letters(Rights rights) {
    constexpr std::string_view all = "rwxmgct"; // read, write, execute, manage, grant, call, transfer
    base::Text<8> text;
    for (std::size_t i = 0; i < all.size(); ++i)
        text.append((rights.bits >> i & 1) != 0 ? all.substr(i, 1) : "-");
    return text;
}

/// `slot:generation`.
inline base::Text<24> in_words(Handle handle) {
    return base::Text<24>::of("{}:{}", handle.slot, handle.generation);
}

} // namespace trivium
