// Arguments for system calls: valid ones, near-valid ones and nonsense, as a seed has it.
#pragma once

#include <array>
#include <cstdint>

#include "kernel/base/pseudo_random.h"
#include "user/lib/calls.h"
#include "user/lib/memory.h"

namespace fuzz {

/// Chooses arguments. Those that could hit what this program itself needs (its text, stack and standard
/// handles) it never makes: a process may very well destroy itself, and that would end the test.
class Values {
public:
    explicit Values(std::uint64_t seed) : random_(seed) {}

    /// Maps the memory that addresses point into. Errors as of the system call.
    trivium::Result<void> prepare();

    std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }

    /// One time in `count`.
    bool one_in(std::uint64_t count) { return below(count) == 0; }

    std::uint64_t any_word();
    /// Of memory that may be read, written, both or nothing.
    std::uint64_t address();
    /// For an address of address(): short, or far beyond all memory.
    std::uint64_t length();
    /// For unmap and protect: in pages, mostly.
    std::uint64_t page_address();
    std::uint64_t page_length();
    /// Given to this process once, given back since, or invented; never the process itself.
    trivium::Handle handle();
    /// The same, for calls that stop or end what is behind it: not what this process was born with.
    trivium::Handle handle_to_stop();
    /// In the past, or in at most a tenth of a millisecond.
    std::uint64_t deadline();
    std::uint64_t offset();

    /// Remembers a handle for handle().
    void remember(trivium::Handle handle);

    /// A stack of one page, which others may have, too.
    std::uint64_t thread_stack() { return stack_.address() + (1 + below(arena_pages)) * trivium::page_size; }

private:
    static constexpr std::uint64_t arena_pages = 32;

    trivium::Handle invented_handle();

    base::PseudoRandom random_;
    trivium::Mapping arena_;
    trivium::Mapping read_only_;
    trivium::Mapping stack_;
    std::array<trivium::Handle, 24> handles_{};
};

} // namespace fuzz
