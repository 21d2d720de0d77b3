// Files by name. They come from the initrd; whoever uses this class does not know.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kernel/abi/cpio.h"
#include "user/lib/calls.h"

namespace trivium {

/// Where a program lies in a memory object: what spawn() wants to know.
struct Image {
    Handle memory{};
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

class File {
public:
    /// Error::not_found; Error::corrupt when the file system is damaged.
    static Result<File> open(std::string_view name);

    std::string_view name() const { return entry_.name; }

    std::uint64_t size() const { return entry_.content.size(); }

    bool is_executable() const { return entry_.is_executable(); }

    /// Copies what lies at `offset` and fits; returns how much that was: 0 at the file's end.
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> to) const;

    /// All of it, where it lies; as long as the program runs.
    std::string_view content() const { return entry_.content; }

    /// For spawning it. Error::not_permitted for a file that is no program.
    Result<Image> image() const;

private:
    friend class Directory;

    File(Handle memory, const abi::cpio::Entry& entry) : memory_(memory), entry_(entry) {}

    Handle memory_;
    abi::cpio::Entry entry_;
};

/// All files, one after the other.
class Directory {
public:
    /// Errors as of File::open.
    static Result<Directory> open();

    /// The next file, or nothing behind the last one. Error::corrupt.
    Result<std::optional<File>> next();

private:
    Directory(Handle memory, std::string_view archive) : memory_(memory), reader_(archive) {}

    Handle memory_;
    abi::cpio::Reader reader_;
};

/// Calls `use(file)` for each file. Errors as of the directory.
template <class Use>
Result<void> for_each_file(Use use) {
    auto directory = Directory::open();
    if (!directory) return std::unexpected(directory.error());
    for (;;) {
        const auto file = directory->next();
        if (!file) return std::unexpected(file.error());
        if (!*file) return {};
        use(**file);
    }
}

} // namespace trivium
