// The initrd as a process sees it: a read-only memory object that it was given under the name "initrd".
#pragma once

#include <string_view>

#include "kernel/abi/cpio.h"
#include "user/lib/calls.h"

namespace trivium {

class Initrd {
public:
    /// Opens and maps it when it is first asked for; lasts as long as the process. Error::not_found when this
    /// process was given none, Error::corrupt when it is no archive.
    static Result<Initrd> get();

    /// The archive's bytes, up to and with its trailer.
    std::string_view archive() const { return archive_; }

    /// The memory object that holds it.
    Handle memory() const { return memory_; }

private:
    Initrd(Handle memory, std::string_view archive) : memory_(memory), archive_(archive) {}

    static Result<Initrd> open_and_map();

    Handle memory_;
    std::string_view archive_;
};

} // namespace trivium
