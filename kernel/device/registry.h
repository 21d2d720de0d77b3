// The table of all devices of one kind: what drivers fill and the rest of the kernel picks from.
#pragma once

#include <cstddef>
#include <expected>

#include "kernel/abi/error.h"
#include "kernel/base/static_vector.h"

namespace device {

template <class T>
class Registry {
public:
    /// Error::out_of_memory when the table is full.
    std::expected<void, abi::Error> add(T& device) {
        if (!devices_.push_back(&device)) return std::unexpected(abi::Error::out_of_memory);
        return {};
    }

    /// Null beyond the end.
    T* at(std::size_t index) const { return index < devices_.size() ? devices_[index] : nullptr; }

private:
    base::StaticVector<T*, 8> devices_;
};

} // namespace device
