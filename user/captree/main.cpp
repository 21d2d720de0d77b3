// Draws what is derived from what, across processes: captree [OBJECT].
#include <algorithm>
#include <array>

#include "user/lib/capabilities.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

using abi::CapabilityRecord;

/// All that there are, at about the same time; beyond the table's end they are only counted.
struct Forest {
    std::array<CapabilityRecord, 2048> records;
    std::size_t count = 0;
    std::size_t left_out = 0;

    std::span<CapabilityRecord> view() { return {records.data(), count}; }
};

constinit Forest forest{};

Result<void> collect(std::optional<std::uint64_t> object) {
    const auto collected = for_each_capability([&](const CapabilityRecord& record) {
        if (object && record.object != *object) return;
        if (forest.count == forest.records.size())
            ++forest.left_out;
        else
            forest.records[forest.count++] = record;
    });
    std::ranges::stable_sort(forest.view(), {}, &CapabilityRecord::object);
    return collected;
}

bool derives_from(const CapabilityRecord& child, const CapabilityRecord& source) {
    return child.object == source.object && child.source_process == source.process &&
           child.source_slot == source.handle.slot;
}

/// Derived from nothing, or from what was not told, since it came later or went before.
bool is_root(const CapabilityRecord& record) {
    return record.source_process == 0 || std::ranges::none_of(forest.view(), [&](const auto& other) {
               return derives_from(record, other);
           });
}

constexpr std::size_t deepest = 64; ///< No further than that is anything derived.
constexpr std::size_t width = 4;
constinit std::array<char, width*(deepest + 1)> indentation{};

std::string_view indent(std::size_t depth) { return {indentation.data(), width * depth}; }

void show(const CapabilityRecord& record, std::string_view before, std::string_view branch) {
    print("  {}{}process {}, handle {}: {}", before, branch, record.process, in_words(record.handle),
          letters(record.rights));
    if (record.badge != 0) print(", badge {:#x}", record.badge);
    if (record.name[0] != '\0') print(", \"{}\"", text_of(record.name));
    print("\n");
}

void show_beneath(const CapabilityRecord& source, std::size_t depth);

void show_child(const CapabilityRecord& record, std::size_t depth, bool is_last) {
    show(record, indent(depth), is_last ? "`-- " : "|-- ");
    std::ranges::copy(std::string_view(is_last ? "    " : "|   "), &indentation[width * depth]);
    show_beneath(record, depth + 1);
}

/// Each has one source: so what a root leads to is a tree, whatever has changed while it was told.
void show_beneath(const CapabilityRecord& source, std::size_t depth) {
    const CapabilityRecord* pending = nullptr;
    for (const CapabilityRecord& record : forest.view()) {
        if (!derives_from(record, source)) continue;
        if (pending) show_child(*pending, depth, false);
        pending = &record;
    }
    if (pending) show_child(*pending, depth, true);
}

void show_all() {
    std::uint64_t object = 0;
    for (const CapabilityRecord& record : forest.view()) {
        if (!is_root(record)) continue;
        if (record.object != object) print("{} {}\n", abi::name(record.type), record.object);
        object = record.object;
        show(record, {}, "");
        show_beneath(record, 0);
    }
    if (forest.left_out > 0) print("{} more are not shown\n", forest.left_out);
}

} // namespace

int main(Arguments arguments) {
    const auto object = arguments.size() == 2 ? parse_number(arguments[1]) : std::nullopt;
    if (arguments.size() > 2 || (arguments.size() == 2 && !object)) {
        print_error("captree: wants the number of an object, or nothing\n");
        return 2;
    }
    if (const auto collected = collect(object); !collected) {
        print_error("captree: {}\n", collected.error());
        return 1;
    }
    if (forest.count == 0) {
        print_error("captree: there is no object {}\n", object.value_or(0));
        return 1;
    }
    show_all();
    return 0;
}
