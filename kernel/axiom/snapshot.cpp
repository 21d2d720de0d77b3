// Writing State's truth down without its zeros, and taking it back.
#include "kernel/axiom/snapshot.h"

namespace axiom {
namespace {

constexpr std::size_t body_header_size = 3 * word_size;

/// Writes runs of words; a run goes on over a single 0, which takes no more than a new run would.
class RunWriter {
public:
    RunWriter(std::span<const std::byte> truth, std::span<std::byte> out) : truth_(truth), out_(out) {}

    /// Adds what is not 0 in a part of the truth, given in bytes; parts must come in order.
    void add(std::size_t start, std::size_t size) {
        for (std::size_t at = start; at < start + size; at += word_size) {
            const std::uint64_t word = load_word(&truth_[at]);
            if (word == 0) continue;
            const std::size_t place = at / word_size;
            if (count_ > 0 && place == first_ + count_ + 1) append(0);
            if (count_ == 0 || place != first_ + count_) begin(place);
            append(word);
        }
    }

    /// Ends the last run; false when not all did fit.
    bool finish() {
        if (count_ > 0) patch();
        return used_ <= out_.size();
    }

    std::size_t size() const { return used_; }

private:
    void begin(std::size_t place) {
        if (count_ > 0) patch();
        run_ = used_;
        first_ = place;
        count_ = 0;
        put(0);
    }

    void append(std::uint64_t word) {
        put(word);
        ++count_;
    }

    void put(std::uint64_t word) {
        if (used_ + word_size <= out_.size()) store_word(&out_[used_], word);
        used_ += word_size;
    }

    void patch() {
        if (run_ + word_size <= out_.size()) store_word(&out_[run_], first_ | std::uint64_t{count_} << 32);
    }

    std::span<const std::byte> truth_;
    std::span<std::byte> out_;
    std::size_t used_ = 0;
    std::size_t run_ = 0;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

/// Only what is in use is looked at.
void add_all(RunWriter& writer, const Tables& tables) {
    const Layout& layout = tables.layout();
    writer.add(0, sizeof(Globals));
    tables.free_processes.for_each_missing(layout.capacity.processes + 1, [&](std::uint32_t index) {
        writer.add(layout.processes + index * sizeof(Process), sizeof(Process));
    });
    tables.free_objects.for_each_missing(layout.capacity.objects, [&](std::uint32_t index) {
        writer.add(layout.objects + index * sizeof(ObjectEntry), sizeof(ObjectEntry));
    });
    tables.free_blocks.for_each_missing(layout.blocks, [&](std::uint32_t index) {
        constexpr std::size_t size = slots_per_block * sizeof(Slot);
        writer.add(layout.slots + index * size, size);
    });
    tables.free_nodes.for_each_missing(layout.nodes, [&](std::uint32_t index) {
        writer.add(layout.nodes_at + index * sizeof(Node), sizeof(Node));
    });
    tables.free_nodes.for_each_missing(
        layout.nodes, [&](std::uint32_t index) { writer.add(layout.badges + index * word_size, word_size); });
}

/// Copies runs to where they were; false when one is out of order or leaves the truth.
bool copy_runs(std::span<const std::byte> runs, std::span<std::byte> truth) {
    std::size_t next = 0;
    while (!runs.empty()) {
        const std::uint64_t head = load_word(runs.data());
        const std::size_t first = (head & 0xffff'ffff) * word_size;
        const std::size_t size = (head >> 32) * word_size;
        runs = runs.subspan(word_size);
        if (size == 0 || first < next || first > truth.size() || size > truth.size() - first ||
            size > runs.size())
            return false;
        for (std::size_t at = 0; at < size; at += word_size)
            store_word(&truth[first + at], load_word(&runs[at]));
        runs = runs.subspan(size);
        next = first + size;
    }
    return true;
}

} // namespace

/// Each run but the last covers at least the two 0 that end it.
std::size_t Snapshot::largest(Capacity capacity) {
    return header_size + body_header_size + Layout(capacity).truth_size + word_size;
}

std::expected<std::size_t, Error> Snapshot::write(const State& state, std::uint64_t sequence,
                                                  std::span<std::byte> out) {
    constexpr std::size_t before_runs = header_size + body_header_size;
    if (out.size() < before_runs) return std::unexpected(Error::too_large);
    const Capacity capacity = state.capacity();
    RunWriter writer(state.bytes(), out.subspan(before_runs));
    add_all(writer, state.tables_);
    if (!writer.finish()) return std::unexpected(Error::too_large);
    store_word(&out[header_size], version | std::uint64_t{capacity.processes} << 32);
    store_word(&out[header_size + word_size], capacity.objects | std::uint64_t{capacity.slots} << 32);
    store_word(&out[header_size + 2 * word_size], state.digest());
    const std::size_t size = before_runs + writer.size();
    seal(out.first(size), sequence, snapshot_kind);
    return size;
}

std::expected<Capacity, Error> Snapshot::capacity(const Record& record) {
    if (record.kind != snapshot_kind || record.body.size() < body_header_size)
        return std::unexpected(Error::corrupt);
    const std::uint64_t first = load_word(&record.body[0]);
    const std::uint64_t second = load_word(&record.body[word_size]);
    if ((first & 0xffff'ffff) != version) return std::unexpected(Error::unsupported);
    return Capacity{.processes = static_cast<std::uint32_t>(first >> 32),
                    .objects = static_cast<std::uint32_t>(second),
                    .slots = static_cast<std::uint32_t>(second >> 32)};
}

std::uint64_t Snapshot::digest(const Record& record) { return load_word(&record.body[2 * word_size]); }

std::expected<void, Error> Snapshot::restore(State& state, const Record& record) {
    const auto wanted = capacity(record);
    if (!wanted) return std::unexpected(wanted.error());
    if (*wanted != state.capacity()) return std::unexpected(Error::invalid_argument);
    Tables& tables = state.tables_;
    const bool whole = copy_runs(record.body.subspan(body_header_size), tables.erase());
    if (whole && tables.rebuild() && state.digest() == digest(record)) return {};
    tables.restart();
    return std::unexpected(Error::corrupt);
}

} // namespace axiom
