// Laying tables out in an arena, and finding processes in them.
#include "kernel/axiom/tables.h"

#include <algorithm>
#include <bit>
#include <new>

namespace axiom {
namespace {

constexpr std::uint32_t most_processes = 1 << 16;
constexpr std::uint32_t most_objects = IndexSet::most;
constexpr std::uint32_t most_nodes = IndexSet::most;

/// Hands out consecutive parts of an arena.
class Cursor {
public:
    template <class T>
    std::size_t take(std::size_t count) {
        const std::size_t start = next_;
        next_ += (count * sizeof(T) + 15) / 16 * 16;
        return start;
    }

    std::size_t next() const { return next_; }

private:
    std::size_t next_ = 0;
};

std::uint32_t power_of_two_from(std::uint32_t value) {
    std::uint32_t power = 1;
    while (power < value) power *= 2;
    return power;
}

} // namespace

/// Twice as many nodes as slots: a node without a holder has at least two children, so that there are fewer
/// of them than of those with one (capability_tree.h).
Layout::Layout(Capacity wanted)
    : capacity{std::min(wanted.processes, most_processes), std::min(wanted.objects, most_objects),
               (std::min(wanted.slots, most_nodes / 2 - slots_per_block) + slots_per_block - 1) /
                   slots_per_block * slots_per_block},
      blocks(capacity.slots / slots_per_block), nodes(2 * capacity.slots + 1),
      bucket_count(power_of_two_from(capacity.processes)) {
    Cursor cursor;
    cursor.take<Globals>(1);
    processes = cursor.take<Process>(capacity.processes + 1);
    objects = cursor.take<ObjectEntry>(capacity.objects);
    slots = cursor.take<Slot>(capacity.slots);
    nodes_at = cursor.take<Node>(nodes);
    badges = cursor.take<std::uint64_t>(nodes);
    truth_size = cursor.next();
    totals = cursor.take<Totals>(1);
    rooms = cursor.take<std::uint16_t>(blocks);
    buckets = cursor.take<std::uint32_t>(bucket_count);
    next_in_bucket = cursor.take<std::uint32_t>(capacity.processes + 1);
    free_processes = cursor.take<std::uint64_t>(IndexSet::words_for(capacity.processes + 1));
    free_objects = cursor.take<std::uint64_t>(IndexSet::words_for(capacity.objects));
    free_blocks = cursor.take<std::uint64_t>(IndexSet::words_for(blocks));
    free_nodes = cursor.take<std::uint64_t>(IndexSet::words_for(nodes));
    size = cursor.next();
}

/// Offsets of the layout are aligned as what lies there needs it.
static std::uint64_t* words_at(std::span<std::byte> arena, std::size_t offset) {
    return static_cast<std::uint64_t*>(static_cast<void*>(arena.data() + offset));
}

Tables::Tables(std::span<std::byte> arena, const Layout& layout)
    : free_processes(words_at(arena, layout.free_processes), layout.capacity.processes + 1),
      free_objects(words_at(arena, layout.free_objects), layout.capacity.objects),
      free_blocks(words_at(arena, layout.free_blocks), layout.blocks),
      free_nodes(words_at(arena, layout.free_nodes), layout.nodes), arena_(arena.data()), layout_(layout),
      processes_(at<Process>(layout.processes)), objects_(at<ObjectEntry>(layout.objects)),
      slots_(at<Slot>(layout.slots)), nodes_(at<Node>(layout.nodes_at)) {
    restart();
}

std::span<std::byte> Tables::erase() {
    std::fill_n(arena_, layout_.size, std::byte{0});
    return {arena_, layout_.truth_size};
}

void Tables::free_all() {
    free_processes.fill(layout_.capacity.processes + 1);
    free_objects.fill(layout_.capacity.objects);
    free_blocks.fill(layout_.blocks);
    free_nodes.fill(layout_.nodes);
    free_processes.erase(0); // No process and no node has that number.
    free_nodes.erase(0);
}

void Tables::restart() {
    erase();
    free_all();
}

std::uint64_t Tables::hash_of(std::size_t place, std::size_t words) const {
    std::uint64_t sum = 0;
    for (const std::size_t end = place + words; place < end; ++place)
        if (const std::uint64_t word = word_at(place)) sum += word_hash(place, word);
    return sum;
}

void Tables::enlist(std::uint32_t index) {
    Process& process = processes_[index];
    put(process.previous, globals().newest_process);
    put(process.previous ? processes_[process.previous].next : globals().first_process, index);
    put(globals().newest_process, index);
    join_bucket(index);
}

void Tables::join_bucket(std::uint32_t index) {
    std::uint32_t& head = bucket(processes_[index].record.id);
    at<std::uint32_t>(layout_.next_in_bucket)[index] = head;
    head = index;
}

void Tables::delist(std::uint32_t index) {
    const Process& process = processes_[index];
    put(process.previous ? processes_[process.previous].next : globals().first_process, process.next);
    put(process.next ? processes_[process.next].previous : globals().newest_process, process.previous);
    std::uint32_t* const next = at<std::uint32_t>(layout_.next_in_bucket);
    std::uint32_t* link = &bucket(process.record.id);
    while (*link != index) link = &next[*link];
    *link = next[index];
    next[index] = 0;
}

} // namespace axiom
