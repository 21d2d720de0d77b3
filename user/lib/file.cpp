// Files in the initrd: entries of its archive, which is mapped.
#include "user/lib/file.h"

#include <algorithm>

#include "user/lib/initrd.h"

namespace trivium {

Result<File> File::open(std::string_view name) {
    const auto initrd = Initrd::get();
    if (!initrd) return std::unexpected(initrd.error());
    const auto entry = abi::cpio::find_entry(initrd->archive(), name);
    if (!entry) return std::unexpected(entry.error());
    return File(initrd->memory(), *entry);
}

Result<std::size_t> File::read(std::uint64_t offset, std::span<std::byte> to) const {
    const std::string_view rest = entry_.content.substr(std::min<std::uint64_t>(offset, size()));
    const std::size_t count = std::min(rest.size(), to.size());
    __builtin_memcpy(to.data(), rest.data(), count);
    return count;
}

Result<Image> File::image() const {
    if (!is_executable()) return std::unexpected(Error::not_permitted);
    return Image{memory_, entry_.offset, entry_.content.size()};
}

Result<Directory> Directory::open() {
    const auto initrd = Initrd::get();
    if (!initrd) return std::unexpected(initrd.error());
    return Directory(initrd->memory(), initrd->archive());
}

Result<std::optional<File>> Directory::next() {
    const auto entry = reader_.next();
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return std::nullopt;
    return File(memory_, **entry);
}

} // namespace trivium
