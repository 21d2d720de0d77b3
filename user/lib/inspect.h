// What the kernel knows of itself, record by record or as text.
#pragma once

#include <array>
#include <span>
#include <type_traits>

#include "kernel/abi/inspect.h"
#include "user/lib/handle.h"

namespace trivium {

/// Calls `use(record)` for each record of a topic. Error::not_found when this process was not given the
/// system object under the name "system"; others as of the system call.
template <class Record, class Use>
Result<void> for_each_record(abi::Topic topic, Use use) {
    static_assert(std::is_trivially_copyable_v<Record>);
    const auto system = open("system");
    if (!system) return std::unexpected(system.error());
    std::array<Record, 16> records;
    for (std::uint64_t offset = 0;;) {
        const auto size =
            call::inspect(system->get(), topic, std::as_writable_bytes(std::span(records)), offset);
        if (!size) return std::unexpected(size.error());
        for (const Record& record : std::span(records).first(*size / sizeof(Record))) use(record);
        if (*size < sizeof(Record)) return {};
        offset += *size;
    }
}

/// The one record of a topic that has only one. Errors as above; Error::corrupt when there is none.
template <class Record>
Result<Record> inspect_one(abi::Topic topic) {
    Result<Record> found = std::unexpected(Error::corrupt);
    const auto done = for_each_record<Record>(topic, [&](const Record& record) { found = record; });
    if (!done) return std::unexpected(done.error());
    return found;
}

/// Prints a topic that is text. Errors as above.
Result<void> print_topic(abi::Topic topic);

/// The text in a fixed array that zeros fill up.
template <std::size_t Size>
std::string_view text_of(const std::array<char, Size>& characters) {
    const std::string_view text(characters.data(), Size);
    return text.substr(0, text.find('\0'));
}

} // namespace trivium
