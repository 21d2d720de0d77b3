// What State tells of a process, an object and a capability.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/axiom/commit.h"
#include "kernel/base/format.h"

namespace axiom {

struct Capability {
    ObjectId object{};
    std::uint32_t object_index = 0;
    abi::Rights rights{};
    abi::ObjectType type{};
    std::uint64_t badge = 0;
    abi::Handle handle{}; ///< By which its holder names it.
    ProcessId holder{};
};

/// What a handle stands for, and nothing else of it: what a system call asks for first.
struct Held {
    static constexpr std::uint32_t nothing = ~std::uint32_t{0};

    std::uint32_t object_index = nothing; ///< Nothing: the handle is not, or no longer, valid.
    abi::Rights rights{};
    std::uint64_t badge = 0;
};

/// A name as State holds it: zeros behind it, and nothing else, so that its bytes are its value.
struct StoredName {
    std::array<char, abi::name_length> characters{};

    constexpr bool operator==(const StoredName&) const = default;

    constexpr std::string_view view() const {
        const auto* const end = std::find(characters.begin(), characters.end(), '\0');
        return {characters.data(), static_cast<std::size_t>(end - characters.begin())};
    }

    constexpr operator std::string_view() const { return view(); }
};

inline base::Argument format_argument(const StoredName& name) { return base::Argument::of(name.view()); }

// Records have no padding: each byte of State has a meaning.

struct ProcessRecord {
    ProcessId id{};
    ProcessId parent{};
    ObjectId object{}; ///< None once it is gone.
    std::uint32_t object_index = 0;
    abi::Ending ending = abi::Ending::running; ///< A zombie is what has another one.
    std::array<std::uint8_t, 3> reserved{};
    std::int64_t code = 0;
    Quota quota{};
    std::uint32_t capacity = 0; ///< Slots that its table has now.
    std::uint32_t children = 0;
    std::uint32_t slots_in_use = 0;
    std::uint32_t free_slots = 0; ///< What is left for any_slot before grow_table is needed.
    StoredName name{};
};

struct ObjectRecord {
    ObjectId id{};
    std::uint64_t size = 0;
    abi::ObjectType type{};
    std::uint16_t dying = 0; ///< destroy_object has begun: nothing is derived from its capabilities any more.
    std::uint32_t capabilities = 0;
};

/// How many records of each kind an arena holds.
struct Capacity {
    std::uint32_t processes = 0;
    std::uint32_t objects = 0;
    std::uint32_t slots = 0;

    constexpr bool operator==(const Capacity&) const = default;
};

} // namespace axiom
