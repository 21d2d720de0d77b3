// Pointers of each kind that a system call must tell apart.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "user/lib/memory.h"

namespace test {

/// A range of memory to hand to a call, and whether the kernel may read or write it for this process.
struct Range {
    std::string_view kind;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    bool readable = false;
    bool writable = false;
    bool is_user = true; ///< Lies where programs lie, whether or not anything is mapped there.
};

/// The memory that the ranges lie in; they are valid as long as it is there.
class Pointers {
public:
    static constexpr std::uint64_t usual_size = 128;

    static trivium::Result<Pointers> create();

    /// One of each kind; `size` bytes long, unless its length is what is wrong with it.
    std::array<Range, 9> of_each_kind(std::uint64_t size = usual_size) const;

    /// Two pages to read and write, behind which nothing is mapped.
    std::uint64_t good() const { return writable_.address(); }

private:
    trivium::Mapping writable_;  ///< Its third page has been unmapped.
    trivium::Mapping read_only_; ///< A page.
};

} // namespace test
