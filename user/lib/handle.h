// Owned: a handle that is closed when its owner goes.
#pragma once

#include <utility>

#include "user/lib/calls.h"

namespace trivium {

/// The only owner of a handle. Moves, never copies.
class Owned {
public:
    Owned() = default;

    explicit Owned(Handle handle) : handle_(handle) {}

    Owned(Owned&& other) noexcept : handle_(other.release()) {}

    Owned& operator=(Owned&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }

    ~Owned() {
        if (handle_) (void)call::close(handle_);
    }

    Handle get() const { return handle_; }

    explicit operator bool() const { return static_cast<bool>(handle_); }

    /// Gives the handle away: the caller closes it, or nobody.
    Handle release() { return std::exchange(handle_, Handle{}); }

private:
    Handle handle_{};
};

/// A handle for what this process was given under that name. Error::not_found.
inline Result<Owned> open(std::string_view name) {
    const auto handle = call::open(name);
    if (!handle) return std::unexpected(handle.error());
    return Owned(*handle);
}

} // namespace trivium
