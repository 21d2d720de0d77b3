// Encoding and decoding, side by side for each kind.
#include "kernel/axiom/record.h"

#include <array>
#include <cstring>

#include "kernel/axiom/crc32c.h"

namespace axiom {
namespace {

constexpr std::uint64_t pair(std::uint32_t low, std::uint32_t high) {
    return std::uint64_t{high} << 32 | low;
}

constexpr std::uint32_t low_half(std::uint64_t word) { return static_cast<std::uint32_t>(word); }

constexpr std::uint32_t high_half(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

/// Writes words one behind the other.
class Writer {
public:
    explicit Writer(std::byte* out) : out_(out) {}

    Writer& put(std::uint64_t word) {
        store_word(out_, word);
        out_ += word_size;
        return *this;
    }

    /// Whole words, with zeros behind.
    Writer& put(std::string_view name) {
        for (std::size_t at = 0; at < name.size(); at += word_size) {
            std::uint64_t word = 0;
            for (std::size_t i = at; i < name.size() && i < at + word_size; ++i)
                word |= std::uint64_t{static_cast<unsigned char>(name[i])} << 8 * (i - at);
            put(word);
        }
        return *this;
    }

    std::byte* end() const { return out_; }

private:
    std::byte* out_;
};

/// Reads words one behind the other; remembers when there were too few, or what was read was not as written.
class Reader {
public:
    explicit Reader(std::span<const std::byte> body) : body_(body) {}

    std::uint64_t take() {
        if (body_.size() < word_size) {
            good_ = false;
            return 0;
        }
        const std::uint64_t word = load_word(body_.data());
        body_ = body_.subspan(word_size);
        return word;
    }

    std::uint32_t take_half() {
        const std::uint64_t word = take();
        good_ = good_ && high_half(word) == 0;
        return low_half(word);
    }

    Name take_name(std::uint32_t length) {
        std::array<char, abi::name_length> characters{};
        good_ = good_ && length <= characters.size();
        for (std::size_t at = 0; good_ && at < length; at += word_size) {
            const std::uint64_t word = take();
            std::memcpy(&characters[at], &word, word_size);
        }
        for (std::size_t i = length; good_ && i < characters.size(); ++i) good_ = characters[i] == 0;
        return good_ ? Name(std::string_view(characters.data(), length)) : Name();
    }

    bool has_more() const { return !body_.empty(); }

    /// Whether all was there, and nothing else.
    bool good() const { return good_ && body_.empty(); }

    void refuse_unless(bool right) { good_ = good_ && right; }

private:
    std::span<const std::byte> body_;
    bool good_ = true;
};

std::uint32_t length_of(const Name& name) { return static_cast<std::uint32_t>(name.view().size()); }

/// Those of all that is transferred, 16 bits each; 0 behind the last.
std::uint64_t rights_of(const Commit& commit) {
    std::uint64_t all = 0;
    for (std::uint32_t i = 0; i < commit.count; ++i)
        all |= std::uint64_t{commit.detail.batch.rights[i]} << 16 * i;
    return all;
}

void take_batch(Reader& in, Commit& commit) {
    std::uint64_t rights = in.take();
    Batch batch{};
    for (commit.count = 0; commit.count < abi::most_transferred && in.has_more(); ++commit.count) {
        batch.handles[commit.count] = in.take();
        batch.rights[commit.count] = static_cast<std::uint16_t>(rights);
        rights >>= 16;
    }
    in.refuse_unless(rights == 0 && commit.count > 0);
    commit.detail.batch = batch;
}

void write_fields(Writer& out, const Commit& commit) {
    switch (commit.kind) {
    case CommitKind::boot: break;
    case CommitKind::create_process:
        out.put(pair(commit.process.value, commit.quota.slots))
            .put(pair(commit.quota.processes, length_of(commit.detail.name)))
            .put(commit.detail.name.view());
        break;
    case CommitKind::create_object:
        out.put(pair(commit.process.value,
                     static_cast<std::uint32_t>(commit.type) | std::uint32_t{commit.rights.bits} << 16));
        out.put(commit.detail.size);
        break;
    case CommitKind::copy_capability:
        out.put(pair(commit.process.value, commit.to.value)).put(to_word(commit.handle));
        out.put(pair(commit.slot, commit.rights.bits));
        if (commit.detail.badge != 0) out.put(commit.detail.badge);
        break;
    case CommitKind::move_capability:
        out.put(pair(commit.process.value, commit.to.value)).put(to_word(commit.handle)).put(commit.slot);
        break;
    case CommitKind::transfer_capabilities:
        out.put(pair(commit.process.value, commit.to.value)).put(rights_of(commit));
        for (std::uint32_t i = 0; i < commit.count; ++i) out.put(commit.detail.batch.handles[i]);
        break;
    case CommitKind::delete_capability:
    case CommitKind::revoke_capability:
    case CommitKind::destroy_object: out.put(commit.process.value).put(to_word(commit.handle)); break;
    case CommitKind::exit_process:
        out.put(pair(commit.process.value, static_cast<std::uint32_t>(commit.ending)));
        out.put(static_cast<std::uint64_t>(commit.code));
        break;
    case CommitKind::bind_name:
        out.put(pair(commit.process.value, length_of(commit.detail.name)));
        out.put(to_word(commit.handle)).put(commit.detail.name.view());
        break;
    case CommitKind::grow_table:
    case CommitKind::clear_table:
    case CommitKind::reap_process: out.put(commit.process.value); break;
    }
}

void read_fields(Reader& in, Commit& commit) {
    const auto take_pair = [&in](std::uint32_t& low, std::uint32_t& high) {
        const std::uint64_t word = in.take();
        low = low_half(word);
        high = high_half(word);
    };
    std::uint32_t high = 0;
    switch (commit.kind) {
    case CommitKind::boot: return;
    case CommitKind::create_process:
        take_pair(commit.process.value, commit.quota.slots);
        take_pair(commit.quota.processes, high);
        commit.detail.name = in.take_name(high);
        return;
    case CommitKind::create_object:
        take_pair(commit.process.value, high);
        commit.type = static_cast<abi::ObjectType>(high & 0xffff);
        commit.rights.bits = static_cast<std::uint16_t>(high >> 16);
        commit.detail.size = in.take();
        return;
    case CommitKind::copy_capability:
        take_pair(commit.process.value, commit.to.value);
        commit.handle = abi::to_handle(in.take());
        take_pair(commit.slot, high);
        in.refuse_unless(high <= 0xffff);
        commit.rights.bits = static_cast<std::uint16_t>(high);
        commit.detail.badge = in.has_more() ? in.take() : 0;
        return;
    case CommitKind::move_capability:
        take_pair(commit.process.value, commit.to.value);
        commit.handle = abi::to_handle(in.take());
        commit.slot = in.take_half();
        return;
    case CommitKind::transfer_capabilities:
        take_pair(commit.process.value, commit.to.value);
        take_batch(in, commit);
        return;
    case CommitKind::delete_capability:
    case CommitKind::revoke_capability:
    case CommitKind::destroy_object:
        commit.process.value = in.take_half();
        commit.handle = abi::to_handle(in.take());
        return;
    case CommitKind::exit_process:
        take_pair(commit.process.value, high);
        in.refuse_unless(high <= 0xff);
        commit.ending = static_cast<abi::Ending>(high);
        commit.code = static_cast<std::int64_t>(in.take());
        return;
    case CommitKind::bind_name:
        take_pair(commit.process.value, high);
        commit.handle = abi::to_handle(in.take());
        commit.detail.name = in.take_name(high);
        return;
    case CommitKind::grow_table:
    case CommitKind::clear_table:
    case CommitKind::reap_process: commit.process.value = in.take_half(); return;
    }
    in.refuse_unless(false);
}

} // namespace

void seal(std::span<std::byte> record, std::uint64_t sequence, std::uint16_t kind) {
    const auto length = static_cast<std::uint32_t>(record.size());
    store_word(&record[word_size], sequence | std::uint64_t{kind} << 48);
    store_word(&record[0], pair(length, crc32c(length, record.subspan(word_size))));
}

std::expected<Record, Error> open_record(std::span<const std::byte> log) {
    if (log.size() < header_size) return std::unexpected(Error::corrupt);
    const std::uint64_t first = load_word(log.data());
    const std::uint32_t length = low_half(first);
    if (length < header_size || length > log.size() || length % word_size != 0)
        return std::unexpected(Error::corrupt);
    if (crc32c(length, log.subspan(word_size, length - word_size)) != high_half(first))
        return std::unexpected(Error::corrupt);
    const std::uint64_t second = load_word(log.data() + word_size);
    return Record{.sequence = second % sequence_limit,
                  .kind = static_cast<std::uint16_t>(second >> 48),
                  .size = length,
                  .body = log.subspan(header_size, length - header_size)};
}

std::size_t write_commit(std::byte* out, std::uint64_t sequence, const Commit& commit) {
    Writer writer(out + header_size);
    write_fields(writer, commit);
    const auto size = static_cast<std::size_t>(writer.end() - out);
    seal({out, size}, sequence, static_cast<std::uint16_t>(commit.kind));
    return size;
}

std::expected<Commit, Error> read_commit(const Record& record) {
    Commit commit{.kind = static_cast<CommitKind>(record.kind)};
    Reader reader(record.body);
    read_fields(reader, commit);
    if (!reader.good()) return std::unexpected(Error::corrupt);
    return commit;
}

} // namespace axiom
