// What follows from State's truth, worked out anew; and whether commits could have led to that truth. Nothing
// read here is trusted: an index is looked at before it is used.
#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"
#include "kernel/axiom/capability_tree.h"

namespace axiom {
namespace {

class Rebuilding {
public:
    explicit Rebuilding(Tables& tables) : tables_(tables), layout_(tables.layout()) {}

    bool run() {
        return take_processes() && order_processes() && check_families() && take_objects() && take_blocks() &&
               take_nodes() && walk_trees() && free_is_zero();
    }

private:
    template <class Visit>
    bool each_process(Visit visit) {
        for (std::uint32_t i = 1; i <= layout_.capacity.processes; ++i)
            if (tables_.process(i).record.id && !visit(i, tables_.process(i))) return false;
        return true;
    }

    bool is_process(std::uint32_t index) const {
        return index != 0 && index <= layout_.capacity.processes && tables_.process(index).record.id;
    }

    bool is_object(std::uint32_t index) const {
        return index < layout_.capacity.objects && tables_.object(index).record.id;
    }

    bool is_node(std::uint32_t index) const {
        return index != 0 && index < layout_.nodes && !tables_.free_nodes.contains(index);
    }

    bool take_processes() {
        return each_process([&](std::uint32_t index, const Process& process) {
            tables_.free_processes.erase(index);
            ++tables_.totals().processes;
            return is_plausible(process);
        });
    }

    bool is_plausible(const Process& process) const {
        const ProcessRecord& record = process.record;
        const std::uint32_t quota = record.quota.slots;
        if (quota < abi::standard_handles || quota > most_slots || record.capacity > quota) return false;
        if (record.capacity % slots_per_block != 0 && record.capacity != quota) return false;
        if (!change::is_known(record.ending) || process.names > most_names) return false;
        for (std::uint32_t i = 0; i < most_names; ++i)
            if (i < process.names ? process.bindings[i].name.view().empty()
                                  : !is_zero(&process.bindings[i], sizeof(Binding)))
                return false;
        return record.id <= ProcessId{tables_.globals().last_process};
    }

    /// The list by ids holds each process once; the buckets are filled along it, as they were.
    bool order_processes() {
        const Globals globals = tables_.globals();
        std::uint32_t previous = 0, count = 0;
        for (std::uint32_t index = globals.first_process; index != 0; index = tables_.process(index).next) {
            if (!is_process(index) || tables_.process(index).previous != previous) return false;
            if (previous && tables_.process(index).record.id <= tables_.process(previous).record.id)
                return false;
            tables_.join_bucket(index);
            previous = index;
            ++count;
        }
        return previous == globals.newest_process && count == tables_.totals().processes;
    }

    /// A parent is older than its children: so there is no circle. Counting them costs the square of their
    /// number, which is bounded, and done once in a system's life.
    bool check_families() {
        std::uint32_t root = 0;
        const bool good = each_process([&](std::uint32_t index, const Process& process) {
            const std::uint32_t parent = process.parent;
            if (parent == 0 && process.record.ending == abi::Ending::running) {
                if (root != 0) return false;
                root = index;
            }
            if (parent == 0) return !process.record.parent && process.depth == 0 && counts_agree(index);
            return is_process(parent) && tables_.process(parent).record.id == process.record.parent &&
                   process.record.parent < process.record.id && process.depth <= deepest &&
                   process.depth == tables_.process(parent).depth + 1 && counts_agree(index);
        });
        return good && root == tables_.globals().root;
    }

    bool counts_agree(std::uint32_t index) {
        std::uint32_t children = 0, descendants = 0;
        each_process([&](std::uint32_t, const Process& other) {
            if (other.parent != index) return true;
            ++children;
            descendants += 1 + other.descendants;
            return true;
        });
        const Process& process = tables_.process(index);
        return children == process.record.children && descendants == process.descendants;
    }

    bool take_objects() {
        for (std::uint32_t i = 0; i < layout_.capacity.objects; ++i) {
            if (!is_object(i)) continue;
            tables_.free_objects.erase(i);
            ++tables_.totals().objects;
            const auto& [record, first, process] = tables_.object(i);
            if (record.id.value > tables_.globals().last_object || record.dying > 1 ||
                record.capabilities == 0 || !change::is_known(record.type))
                return false;
            if ((record.type == abi::ObjectType::process) != (process != 0)) return false;
            if (process != 0 &&
                !(is_process(process) && tables_.process(process).record.object == record.id &&
                  tables_.process(process).record.object_index == i))
                return false;
        }
        return each_process([&](std::uint32_t index, const Process& process) {
            const ProcessRecord& record = process.record;
            if (!record.object) return record.object_index == 0;
            return is_object(record.object_index) && tables_.object(record.object_index).process == index;
        });
    }

    bool take_blocks() {
        return each_process([&](std::uint32_t, Process& process) {
            std::uint32_t used = 0, free = 0;
            std::uint64_t rooms = 0;
            for (std::uint32_t i = 0; i < most_blocks; ++i) {
                const std::uint16_t exist = slots_in_block(i, process.record.capacity);
                if (exist == 0) {
                    if (process.blocks[i] != 0) return false;
                    continue;
                }
                const std::uint32_t block = process.blocks[i];
                if (block >= layout_.blocks || !tables_.free_blocks.contains(block)) return false;
                tables_.free_blocks.erase(block);
                if (!take_slots(block, i, exist, used, free)) return false;
                if (tables_.room(block) != 0) rooms |= std::uint64_t{1} << i;
            }
            return used == process.record.slots_in_use && free == process.record.free_slots &&
                   rooms == process.rooms;
        });
    }

    bool take_slots(std::uint32_t block, std::uint32_t number, std::uint16_t exist, std::uint32_t& used,
                    std::uint32_t& free) {
        for (std::uint32_t i = 0; i < slots_per_block; ++i) {
            const Slot& slot = tables_.slot(block * slots_per_block + i);
            if ((exist >> i & 1) == 0 || (slot.node != 0 && slot.generation == 0)) {
                if (slot.node != 0 || slot.generation != 0) return false;
                continue;
            }
            used += slot.node != 0;
            const bool standard = number == 0 && i < abi::standard_handles;
            if (slot.node != 0 || slot.generation == last_generation || standard) continue;
            tables_.room(block) = static_cast<std::uint16_t>(tables_.room(block) | 1u << i);
            ++free;
        }
        return true;
    }

    /// A node is in use when its object's list, or its parent's, can lead to it: that is walked later. Here
    /// each is found with its neighbours pointing back at it.
    bool take_nodes() {
        for (std::uint32_t i = 1; i < layout_.nodes; ++i)
            if (!is_zero(&tables_.node(i), sizeof(Node))) tables_.free_nodes.erase(i);
        bool good = true;
        tables_.free_nodes.for_each_missing(layout_.nodes, [&](std::uint32_t i) {
            if (i == 0) return;
            good = good && is_linked(i) && (tables_.node(i).holder ? is_held(i) : joins(i));
        });
        return good && slots_agree();
    }

    bool is_linked(std::uint32_t index) const {
        const Node& node = tables_.node(index);
        if (!is_object(node.object)) return false;
        for (const std::uint32_t other : {node.parent, node.first_child, node.next, node.previous})
            if (other != 0 && (!is_node(other) || tables_.node(other).object != node.object)) return false;
        const std::uint32_t head =
            node.parent ? tables_.node(node.parent).first_child : tables_.object(node.object).first;
        const std::uint32_t before = node.previous ? tables_.node(node.previous).next : head;
        if (before != index) return false;
        if (node.next &&
            (tables_.node(node.next).previous != index || tables_.node(node.next).parent != node.parent))
            return false;
        return node.first_child == 0 || (tables_.node(node.first_child).parent == index &&
                                         tables_.node(node.first_child).previous == 0);
    }

    bool is_held(std::uint32_t index) const {
        const Node& node = tables_.node(index);
        if (!is_process(node.holder) || node.slot >= tables_.process(node.holder).record.capacity)
            return false;
        return slot_of(tables_, tables_.process(node.holder), node.slot).node == index &&
               node.revoking <= 1 && abi::right::all.includes(node.rights) &&
               (tables_.badge(index) == 0 || change::may_have_badge(tables_.object(node.object).record.type));
    }

    /// A node without a holder stays for the sake of two children or more.
    bool joins(std::uint32_t index) const {
        const Node& node = tables_.node(index);
        return node.slot == 0 && node.rights == abi::Rights{} && node.revoking == 0 &&
               tables_.badge(index) == 0 && node.first_child != 0 && tables_.node(node.first_child).next != 0;
    }

    bool slots_agree() {
        return each_process([&](std::uint32_t index, const Process& process) {
            for (std::uint32_t slot = 0; slot < process.record.capacity; ++slot) {
                const std::uint32_t node = slot_of(tables_, process, slot).node;
                if (node == 0) continue;
                if (!is_node(node) || tables_.node(node).holder != index || tables_.node(node).slot != slot)
                    return false;
                ++tables_.totals().capabilities;
            }
            return true;
        });
    }

    /// A node that is come to has a way up to its object, so no node is come to twice; what is in a circle is
    /// not come to at all.
    bool walk_trees() {
        std::uint32_t in_use = 0, visited = 0;
        tables_.free_nodes.for_each_missing(layout_.nodes, [&](std::uint32_t) { ++in_use; });
        --in_use; // Index 0.
        for (std::uint32_t i = 0; i < layout_.capacity.objects; ++i) {
            if (!is_object(i)) continue;
            std::uint32_t held = 0;
            const std::uint32_t first = tables_.object(i).first;
            if (first != 0 &&
                (!is_node(first) || tables_.node(first).object != i || tables_.node(first).parent != 0))
                return false;
            for (std::uint32_t at = first; at != 0; at = after(at)) {
                ++visited;
                if (!is_rightly_derived(at)) return false;
                held += tables_.node(at).holder != 0;
            }
            if (held != tables_.object(i).record.capabilities) return false;
        }
        return visited == in_use;
    }

    /// It has no right that its source lacks, and its source's badge if that has one; the way up is short.
    bool is_rightly_derived(std::uint32_t index) const {
        std::uint32_t above = 0;
        for (std::uint32_t at = index; (at = tables_.node(at).parent) != 0;)
            if (++above > deepest_derivation) return false;
        const std::uint32_t source = source_of(tables_, index);
        if (tables_.node(index).holder == 0 || source == 0) return true;
        return tables_.node(source).rights.includes(tables_.node(index).rights) &&
               (tables_.badge(source) == 0 || tables_.badge(source) == tables_.badge(index));
    }

    std::uint32_t after(std::uint32_t index) const {
        if (const std::uint32_t child = tables_.node(index).first_child) return child;
        while (index != 0 && tables_.node(index).next == 0) index = tables_.node(index).parent;
        return index ? tables_.node(index).next : 0;
    }

    bool free_is_zero() {
        bool good = tables_.globals().reserved == 0 && is_zero(&tables_.process(0), sizeof(Process)) &&
                    is_zero(&tables_.node(0), sizeof(Node));
        for (std::uint32_t i = 1; i <= layout_.capacity.processes; ++i)
            good = good && (is_process(i) || is_zero(&tables_.process(i), sizeof(Process)));
        for (std::uint32_t i = 0; i < layout_.capacity.objects; ++i)
            good = good && (is_object(i) || is_zero(&tables_.object(i), sizeof(ObjectEntry)));
        for (std::uint32_t i = 0; i < layout_.nodes; ++i)
            good = good && (is_node(i) || tables_.badge(i) == 0);
        for (std::uint32_t i = 0; i < layout_.capacity.slots; ++i)
            if (tables_.free_blocks.contains(i / slots_per_block))
                good = good && is_zero(&tables_.slot(i), sizeof(Slot));
        return good;
    }

    static bool is_zero(const void* record, std::size_t size) {
        const auto* const bytes = static_cast<const std::byte*>(record);
        for (std::size_t at = 0; at < size; at += 8)
            if (load_word(bytes + at) != 0) return false;
        return true;
    }

    Tables& tables_;
    const Layout& layout_;
};

} // namespace

bool Tables::rebuild() {
    free_all();
    totals().digest = digest_of(truth());
    return Rebuilding(*this).run();
}

} // namespace axiom
