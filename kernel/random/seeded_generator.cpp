// Gathering seeds: one request at a time, asked again for what is still missing.
#include "kernel/random/seeded_generator.h"

#include "kernel/random/erase.h"

namespace randomness {

std::expected<void, abi::Error> SeededGenerator::fill(std::span<std::byte> out) {
    if (!is_seeded()) return std::unexpected(source() ? abi::Error::would_block : abi::Error::unsupported);
    generator_.fill(out);
    statistics_.given += out.size();
    given_since_seed_ += out.size();
    if (given_since_seed_ >= reseed_interval && !collecting_) collect();
    return {};
}

Statistics SeededGenerator::statistics() const {
    Statistics now = statistics_;
    if (source()) now.source = source()->name();
    return now;
}

/// Asks for what the seed still lacks; a source that refuses is given up for the next one.
void SeededGenerator::collect() {
    while (device::EntropySource* const asked = source()) {
        collecting_ = true;
        if (asked->request(Pool::seed_size - pool_.collected(), {on_answer, this})) return;
        ++source_index_;
    }
    collecting_ = false;
}

void SeededGenerator::on_answer(void* context, std::span<const std::byte> bytes) {
    static_cast<SeededGenerator*>(context)->take(bytes);
}

/// A source may give fewer bytes than it was asked for, down to a single one; none at all means that it
/// failed.
void SeededGenerator::take(std::span<const std::byte> bytes) {
    if (bytes.empty()) {
        ++source_index_;
        return collect();
    }
    ++statistics_.answers;
    statistics_.collected += bytes.size();
    // [lab 7: handle a short return]
    pool_.mix(bytes);
    if (!pool_.has_seed()) return collect();
    // [/lab]
    reseed();
}

void SeededGenerator::reseed() {
    collecting_ = false;
    Key seed = pool_.take_seed();
    generator_.seed(seed);
    erase(seed);
    ++statistics_.seeds;
    given_since_seed_ = 0;
}

} // namespace randomness
