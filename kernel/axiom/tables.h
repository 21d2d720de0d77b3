// State's tables in their arena, and the doors through which their records are written.
//
//     | globals | processes | objects | slots | nodes | badges |    truth: what the digest covers and a
//     snapshot
//                                                                   holds
//     | totals | rooms | buckets | sets of free indices |           what follows from it, kept to be fast
//
// - A record that is free is all zeros. Which one is taken next is the lowest: it follows from the truth
// alone.
// - Index 0 of processes and nodes stays unused, and means none.
// - The truth is written only through Edit, put, fill and clear, so that the digest is always right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "kernel/axiom/digest.h"
#include "kernel/axiom/index_set.h"
#include "kernel/axiom/records.h"

namespace axiom {

inline constexpr std::uint32_t slots_per_block = 16;
inline constexpr std::uint32_t most_blocks = 64; ///< Of one table.
inline constexpr std::uint32_t most_slots = slots_per_block * most_blocks;
inline constexpr std::uint32_t most_names = 32; ///< Of one process.
inline constexpr std::uint32_t deepest = 16;    ///< How many ancestors a process may have.
inline constexpr std::uint32_t last_generation =
    0xffff'ffff; ///< A slot that has reached it is not filled again.

struct Globals {
    std::uint64_t last_object = 0; ///< The ids given out last.
    std::uint32_t last_process = 0;
    std::uint32_t epoch = 0;
    std::uint32_t root = 0;          ///< Index of the running process without a parent.
    std::uint32_t first_process = 0; ///< By id; see Process::next.
    std::uint32_t newest_process = 0;
    std::uint32_t reserved = 0;
};

struct Binding {
    StoredName name{};
    abi::Handle handle{};
};

struct Process {
    ProcessRecord record{};
    std::uint32_t parent = 0;      ///< Its index.
    std::uint32_t depth = 0;       ///< How many ancestors it has.
    std::uint32_t descendants = 0; ///< Not yet reaped.
    std::uint32_t names = 0;       ///< How many of them are bound.
    std::uint32_t next = 0;        ///< In the order of ids.
    std::uint32_t previous = 0;
    std::uint64_t rooms = 0; ///< A bit for each block of its table that any_slot may take a slot of.
    std::array<std::uint16_t, most_blocks> blocks{}; ///< Which ones its table consists of.
    std::array<Binding, most_names> bindings{};
};

struct ObjectEntry {
    ObjectRecord record{};
    std::uint32_t first = 0;   ///< The newest capability that is derived from none.
    std::uint32_t process = 0; ///< The index of the process that it is.
};

struct Slot {
    std::uint32_t node = 0;
    std::uint32_t generation = 0; ///< How often it was filled.
};

/// A capability; or, with no holder, the place in the tree of one that was deleted: see capability_tree.h.
struct Node {
    std::uint32_t object = 0; ///< Its index.
    std::uint32_t holder = 0; ///< Its index.
    std::uint32_t slot = 0;
    abi::Rights rights{};
    std::uint16_t revoking = 0; ///< revoke_capability has begun: nothing is derived from it or beneath it.
    std::uint32_t parent = 0;
    std::uint32_t first_child = 0;
    std::uint32_t next = 0; ///< An older child of the same parent.
    std::uint32_t previous = 0;
};

/// How much there is: it follows from the truth.
struct Totals {
    std::uint64_t digest = 0;
    std::uint32_t processes = 0;
    std::uint32_t objects = 0;
    std::uint32_t capabilities = 0;
    std::uint32_t reserved = 0;
};

/// Where in an arena each table begins, in bytes.
struct Layout {
    explicit Layout(Capacity wanted);

    Capacity capacity{}; ///< What was wanted, at most what indices can name; slots rounded to whole blocks.
    std::uint32_t blocks = 0;
    std::uint32_t nodes = 0;
    std::uint32_t bucket_count = 0; ///< A power of two.
    std::size_t processes = 0, objects = 0, slots = 0, nodes_at = 0, badges = 0, truth_size = 0;
    std::size_t totals = 0, rooms = 0, buckets = 0, next_in_bucket = 0;
    std::size_t free_processes = 0, free_objects = 0, free_blocks = 0, free_nodes = 0;
    std::size_t size = 0;
};

class Tables {
public:
    /// All empty, in an arena of at least Layout::size bytes, aligned to 16.
    Tables(std::span<std::byte> arena, const Layout& layout);

    const Layout& layout() const { return layout_; }

    std::span<const std::byte> truth() const { return {arena_, layout_.truth_size}; }

    const Globals& globals() const { return *at<Globals>(0); }

    Globals& globals() { return *at<Globals>(0); }

    const Totals& totals() const { return *at<Totals>(layout_.totals); }

    Totals& totals() { return *at<Totals>(layout_.totals); }

    Process& process(std::uint32_t index) { return processes_[index]; }

    const Process& process(std::uint32_t index) const { return processes_[index]; }

    ObjectEntry& object(std::uint32_t index) { return objects_[index]; }

    const ObjectEntry& object(std::uint32_t index) const { return objects_[index]; }

    Slot& slot(std::uint32_t index) { return slots_[index]; }

    const Slot& slot(std::uint32_t index) const { return slots_[index]; }

    Node& node(std::uint32_t index) { return nodes_[index]; }

    const Node& node(std::uint32_t index) const { return nodes_[index]; }

    /// Of the capability that is the node of that index. Most have none: so it is not a part of Node.
    std::uint64_t& badge(std::uint32_t index) { return at<std::uint64_t>(layout_.badges)[index]; }

    std::uint64_t badge(std::uint32_t index) const { return at<std::uint64_t>(layout_.badges)[index]; }

    /// Which slots of a block any_slot may take, a bit each.
    std::uint16_t& room(std::uint32_t block) { return at<std::uint16_t>(layout_.rooms)[block]; }

    const std::uint16_t& room(std::uint32_t block) const { return at<std::uint16_t>(layout_.rooms)[block]; }

    /// The index of a process, or 0: of none there is no bucket that leads to it.
    std::uint32_t find(ProcessId id) const {
        std::uint32_t index = bucket(id);
        while (index != 0 && processes_[index].record.id != id)
            index = at<std::uint32_t>(layout_.next_in_bucket)[index];
        return index;
    }

    /// Joins a process whose id is the highest to the order of ids and to its bucket; takes one out.
    void enlist(std::uint32_t index);
    void delist(std::uint32_t index);
    void join_bucket(std::uint32_t index);

    /// While one lives, the word that holds `field`, in the truth, may be written.
    class Edit {
    public:
        template <class Field>
        Edit(Tables& tables, const Field& field)
            : tables_(tables), place_(tables.place_of(&field)), before_(tables.word_at(place_)) {
            static_assert(sizeof(Field) <= 8);
        }

        ~Edit() {
            tables_.totals().digest +=
                word_hash(place_, tables_.word_at(place_)) - word_hash(place_, before_);
        }

        Edit(const Edit&) = delete;
        Edit& operator=(const Edit&) = delete;

    private:
        Tables& tables_;
        std::size_t place_;
        std::uint64_t before_;
    };

    /// Writes one field of the truth.
    template <class Field>
    void put(Field& field, std::type_identity_t<Field> value) {
        const Edit edit(*this, field);
        field = value;
    }

    /// Writes a record where there is none; gives one back to be all zeros.
    template <class Record>
    void fill(Record& record, const Record& value) {
        static_assert(std::has_unique_object_representations_v<Record> && sizeof(Record) % 8 == 0);
        record = value;
        totals().digest += hash_of(record);
    }

    template <class Record>
    void clear(Record& record) {
        totals().digest -= hash_of(record);
        // A Record{} need not be all zeros. (The builtin: a freestanding std::memset is a call.)
        __builtin_memset(static_cast<void*>(&record), 0, sizeof(Record));
    }

    /// Makes all empty, ids and epoch included.
    void restart();
    /// Makes all zeros; and lets words be written to it, without keeping anything up to date, until rebuild()
    /// works out what follows from them. False when they are not what a State can be.
    std::span<std::byte> erase();
    bool rebuild();

    IndexSet free_processes, free_objects, free_blocks, free_nodes;

private:
    template <class T>
    T* at(std::size_t offset) const {
        return static_cast<T*>(static_cast<void*>(arena_ + offset));
    }

    std::size_t place_of(const void* field) const {
        return static_cast<std::size_t>(static_cast<const std::byte*>(field) - arena_) / 8;
    }

    std::uint64_t word_at(std::size_t place) const { return load_word(arena_ + place * 8); }

    /// Small records word by word, without a branch; of large ones most words are 0.
    template <class Record>
    std::uint64_t hash_of(const Record& record) const {
        constexpr std::size_t words = sizeof(Record) / 8;
        std::size_t place = place_of(&record);
        if constexpr (words > 8) return hash_of(place, words);
        std::uint64_t sum = 0;
#pragma GCC unroll 8
        for (std::size_t i = 0; i < words; ++i, ++place) sum += word_hash(place, word_at(place));
        return sum;
    }

    std::uint64_t hash_of(std::size_t place, std::size_t words) const;
    void free_all();

    std::uint32_t& bucket(ProcessId id) const {
        return at<std::uint32_t>(layout_.buckets)[id.value & (layout_.bucket_count - 1)];
    }

    std::byte* arena_;
    Layout layout_;
    Process* processes_;
    ObjectEntry* objects_;
    Slot* slots_;
    Node* nodes_;
};

} // namespace axiom
