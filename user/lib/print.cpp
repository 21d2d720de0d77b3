// Gathers formatted text and writes it.
#include "user/lib/print.h"

#include <algorithm>

#include "user/lib/stream.h"

namespace trivium {

Result<void> write_all(abi::Handle to, std::string_view text) {
    while (!text.empty()) {
        const auto written = write_some(to, text);
        if (!written) return std::unexpected(written.error());
        if (*written == 0) return std::unexpected(Error::io);
        text.remove_prefix(std::min<std::size_t>(*written, text.size()));
    }
    return {};
}

void Output::append(std::string_view text) {
    while (!text.empty()) {
        const std::size_t fitting = std::min(text.size(), text_.size() - size_);
        std::copy_n(text.begin(), fitting, text_.begin() + size_);
        size_ += fitting;
        text.remove_prefix(fitting);
        if (size_ == text_.size()) flush();
    }
}

void Output::flush() {
    (void)write_all(to_, {text_.data(), size_}); // Whoever cannot be written to cannot be told of it.
    size_ = 0;
}

} // namespace trivium
