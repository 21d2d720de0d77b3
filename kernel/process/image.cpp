// Reading a program's file through the direct map.
#include "kernel/process/image.h"

namespace process {

std::expected<void, Error> Image::read(std::uint64_t at, std::span<std::byte> out) const {
    at += offset;
    for (std::size_t done = 0; done < out.size();) {
        const std::uint64_t within = (at + done) % base::page_size;
        const auto page = frames->page(at + done - within);
        if (!page) return std::unexpected(page.error());
        const std::size_t count = std::min<std::size_t>(out.size() - done, base::page_size - within);
        std::copy_n(hal::direct<std::byte>(*page + within), count, out.data() + done);
        done += count;
    }
    return {};
}

ImageReader Image::reader() {
    return {.read = [](void* context, std::uint64_t at,
                       std::span<std::byte> out) { return static_cast<Image*>(context)->read(at, out); },
            .context = this,
            .size = size};
}

} // namespace process
