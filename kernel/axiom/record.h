// Records: how commits and snapshots are written down, as little-endian words of 64 bits on every machine.
//
//     word 0   length of the record in bytes (32 bits) | CRC-32C of the length and of all words behind (32)
//     word 1   sequence (48) | kind (16): a CommitKind, or snapshot_kind
//     then, low bits first, by kind:
//       create_process     parent | slots            processes | length of name     name: 0-4 words
//       create_object      process | type (16) | rights (16)                        size
//       copy_capability    process | to              handle                         slot | rights   badge, if
//       any move_capability    process | to              handle                         slot
//       transfer_capabilities                        process | to                   rights of each (4 x 16)
//                                                                                   a handle for each: 1-4
//                                                                                   words
//       delete_capability, destroy_object, revoke_capability     process            handle
//       exit_process       process | ending          code
//       bind_name          process | length of name  handle                         name: 0-4 words
//       grow_table, clear_table, reap_process        process
//       boot               nothing
//       snapshot           see snapshot.h
#pragma once

#include <bit>
#include <cstdint>
#include <expected>
#include <span>

#include "kernel/abi/error.h"
#include "kernel/axiom/commit.h"
#include "kernel/axiom/digest.h"

namespace axiom {

using abi::Error;

static_assert(std::endian::native == std::endian::little, "words are written as they lie in memory");

inline constexpr std::size_t word_size = 8;
inline constexpr std::size_t header_size = 2 * word_size;
inline constexpr std::size_t most_record_size = header_size + 6 * word_size; ///< Of a commit.
inline constexpr std::uint16_t snapshot_kind = 0xffff;
inline constexpr std::uint64_t sequence_limit = std::uint64_t{1} << 48;

/// A record that has been found whole; its body lies where the log does.
struct Record {
    std::uint64_t sequence = 0;
    std::uint16_t kind = 0;
    std::size_t size = 0; ///< Header included.
    std::span<const std::byte> body;
};

/// Writes the header of a record whose body, of whole words, lies behind it already. `record` is aligned
/// to 8.
void seal(std::span<std::byte> record, std::uint64_t sequence, std::uint16_t kind);

/// The record that begins at `log`, aligned to 8. Error::corrupt when there is none that is whole.
std::expected<Record, Error> open_record(std::span<const std::byte> log);

/// Writes a commit at `out`, where most_record_size bytes are, aligned to 8; gives how many it took.
std::size_t write_commit(std::byte* out, std::uint64_t sequence, const Commit& commit);

/// The commit in a record. Error::corrupt when the record cannot be one of that kind.
std::expected<Commit, Error> read_commit(const Record& record);

} // namespace axiom
