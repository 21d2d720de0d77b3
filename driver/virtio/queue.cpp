// The driver's side of a split virtqueue.
#include "driver/virtio/queue.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "hal/barrier.h"

namespace driver::virtio {
namespace {

/// Where the parts lie in the queue's memory, one behind the other (2.7: alignment 16, 2 and 4).
struct Places {
    std::size_t descriptors = 0;
    std::size_t available;
    std::size_t available_entries;
    std::size_t used_event;
    std::size_t used;
    std::size_t used_entries;
    std::size_t available_event;
    std::size_t tables;

    constexpr explicit Places(std::size_t size)
        : available(size * sizeof(Descriptor)), available_entries(available + sizeof(RingHeader)),
          used_event(available_entries + size * sizeof(std::uint16_t)),
          used(base::align_up(used_event + sizeof(std::uint16_t), alignof(Used))),
          used_entries(used + sizeof(RingHeader)), available_event(used_entries + size * sizeof(Used)),
          tables(base::align_up(available_event + sizeof(std::uint16_t), sizeof(Descriptor))) {}
};

Descriptor describe(const Buffer& buffer, bool is_last, std::uint16_t next) {
    const unsigned flags =
        (buffer.device_writes ? Descriptor::device_writes : 0u) | (is_last ? 0u : Descriptor::has_next);
    return {.address = buffer.address.value,
            .length = buffer.length,
            .flags = static_cast<std::uint16_t>(flags),
            .next = is_last ? std::uint16_t{0} : next};
}

std::uint64_t bytes_in(std::span<const Buffer> chain) {
    std::uint64_t total = 0;
    for (const Buffer& buffer : chain) total += buffer.length;
    return total;
}

std::uint64_t writable_bytes(std::span<const Buffer> chain) {
    return bytes_in({std::ranges::find(chain, true, &Buffer::device_writes), chain.end()});
}

/// What the device reads comes before what it writes (2.7.4.2), and all of it is at most 4 GiB (2.7.5.2).
bool is_well_formed(std::span<const Buffer> chain) {
    return !chain.empty() && std::ranges::all_of(chain, &Buffer::length) &&
           std::ranges::is_sorted(chain, {}, &Buffer::device_writes) &&
           bytes_in(chain) <= std::uint64_t{1} << 32;
}

/// Not std::has_single_bit: it counts bits, which some compilers do in a SIMD register.
constexpr bool is_power_of_two(std::uint16_t value) { return value != 0 && (value & (value - 1)) == 0; }

} // namespace

std::expected<Queue, Error> Queue::create(std::uint16_t size, Options options) {
    if (!is_power_of_two(size) || size > largest_size) return std::unexpected(Error::invalid_argument);
    const std::size_t tables = options.indirect ? size * table_length * sizeof(Descriptor) : 0;
    auto memory = device::DmaMemory::allocate(Places(size).tables + tables);
    if (!memory) return std::unexpected(memory.error());
    std::unique_ptr<Slot[]> slots(new Slot[size]);
    if (!slots) return std::unexpected(Error::out_of_memory);
    return Queue(size, options, std::move(*memory), std::move(slots));
}

Queue::Queue(std::uint16_t size, Options options, device::DmaMemory memory, std::unique_ptr<Slot[]> slots)
    : size_(size), options_(options), memory_(std::move(memory)), slots_(std::move(slots)) {
    reset();
}

void Queue::reset() {
    std::ranges::fill(memory_.bytes(), std::byte{0});
    for (std::uint16_t i = 0; i < size_; ++i) slots_[i] = {.next = static_cast<std::uint16_t>(i + 1)};
    free_ = 0;
    free_count_ = size_;
    added_ = published_ = taken_ = 0;
}

QueueLayout Queue::layout() const {
    const Places places(size_);
    const PhysicalAddress start = memory_.physical();
    return {size_, start + places.descriptors, start + places.available, start + places.used};
}

bool Queue::takes_table(std::size_t buffers) const {
    return options_.indirect && buffers > 1 && buffers <= table_length;
}

std::uint16_t Queue::room(std::size_t buffers) const {
    if (buffers == 0 || buffers > size_) return 0;
    return takes_table(buffers) ? free_count_ : static_cast<std::uint16_t>(free_count_ / buffers);
}

std::expected<void, Error> Queue::add(std::span<const Buffer> chain, void* owner) {
    if (!owner || chain.size() > size_ || !is_well_formed(chain))
        return std::unexpected(Error::invalid_argument);
    if (room(chain.size()) == 0) return std::unexpected(Error::would_block);
    const std::uint16_t head = free_;
    const std::uint16_t length = write_chain(chain);
    slots_[head].owner = owner;
    slots_[head].writable = writable_bytes(chain);
    slots_[head].length = length;
    free_count_ -= length;

    const std::uint16_t place = added_++ % size_;
    at<Shared<std::uint16_t>>(Places(size_).available_entries)[place].store(head);
    slots_[place].added = head;
    return {};
}

/// Takes free descriptors for a chain and fills them. How many they were.
std::uint16_t Queue::write_chain(std::span<const Buffer> chain) {
    if (takes_table(chain.size())) {
        write_table(free_, chain);
        free_ = slots_[free_].next;
        return 1;
    }
    auto* descriptors = at<Descriptor>(Places(size_).descriptors);
    for (const Buffer& buffer : chain) {
        const std::uint16_t next = slots_[free_].next;
        descriptors[free_] = describe(buffer, &buffer == &chain.back(), next);
        free_ = next;
    }
    return static_cast<std::uint16_t>(chain.size());
}

/// Puts a chain into the table that belongs to descriptor `head` (2.7.5.3).
void Queue::write_table(std::uint16_t head, std::span<const Buffer> chain) {
    const Places places(size_);
    const std::size_t place = places.tables + head * table_length * sizeof(Descriptor);
    for (std::uint16_t i = 0; i < chain.size(); ++i)
        at<Descriptor>(place)[i] =
            describe(chain[i], i + 1u == chain.size(), static_cast<std::uint16_t>(i + 1));
    at<Descriptor>(places.descriptors)[head] = {
        .address = (memory_.physical() + place).value,
        .length = static_cast<std::uint32_t>(chain.size() * sizeof(Descriptor)),
        .flags = Descriptor::is_indirect,
        .next = 0};
}

bool Queue::publish() {
    const std::uint16_t before = published_;
    if (before == added_) return false;
    for (std::uint16_t i = before; i != added_; ++i) slots_[slots_[i % size_].added].published = true;
    published_ = added_;

    // The device must not see the index before the chains; and whether it wants to be told is asked only
    // after it can have seen the index, or both sides could wait for the other (2.7.13.3 and 2.7.13.4).
    const Places places(size_);
    hal::Barrier::before_publish();
    at<RingHeader>(places.available)->index.store(published_);
    hal::Barrier::full();
    if (!options_.event_index)
        return (at<RingHeader>(places.used)->flags.load() & RingHeader::do_not_tell) == 0;
    return passes_event(at<Shared<std::uint16_t>>(places.available_event)->load(), published_, before);
}

std::expected<std::optional<Completion>, Error> Queue::take() {
    const Places places(size_);
    const std::uint16_t outstanding = published_ - taken_;
    const std::uint16_t done = at<RingHeader>(places.used)->index.load() - taken_;
    if (done == 0) return std::nullopt;
    if (done > outstanding) return std::unexpected(Error::corrupt);

    hal::Barrier::after_observe(); // The entry is not older than the index.
    const Used& entry = at<Used>(places.used_entries)[taken_ % size_];
    const std::uint32_t id = entry.id.load(), written = entry.length.load();
    if (id >= size_ || !slots_[id].published || written > slots_[id].writable)
        return std::unexpected(Error::corrupt);

    const Completion completion{slots_[id].owner, written};
    release(static_cast<std::uint16_t>(id));
    ++taken_;
    return completion;
}

/// Puts the descriptors of a chain back among the free ones.
void Queue::release(std::uint16_t head) {
    Slot& first = slots_[head];
    std::uint16_t last = head;
    for (std::uint16_t i = 1; i < first.length; ++i) last = slots_[last].next;
    slots_[last].next = free_;
    free_ = head;
    free_count_ += first.length;
    first.owner = nullptr;
    first.published = false;
}

bool Queue::enable_interrupts() {
    const Places places(size_);
    if (options_.event_index)
        at<Shared<std::uint16_t>>(places.used_event)->store(taken_);
    else
        at<RingHeader>(places.available)->flags.store(0);
    // What was done before the device could see this will not interrupt: the look comes after (2.7.7).
    hal::Barrier::full();
    return at<RingHeader>(places.used)->index.load() != taken_;
}

void Queue::disable_interrupts() {
    // With the event index, an entry that lies in the past is waited for: it comes in 65,535 more (2.7.7.1).
    const Places places(size_);
    if (options_.event_index)
        at<Shared<std::uint16_t>>(places.used_event)->store(static_cast<std::uint16_t>(taken_ - 1));
    else
        at<RingHeader>(places.available)->flags.store(RingHeader::do_not_tell);
}

void Queue::clear(void (*abandon)(void* context, void* owner), void* context) {
    for (std::uint16_t i = 0; i < size_; ++i)
        if (void* owner = std::exchange(slots_[i].owner, nullptr)) abandon(context, owner);
    reset();
}

} // namespace driver::virtio
