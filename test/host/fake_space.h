// A user address space on its own, for tests of memory; at its end all frames must be back.
#pragma once

#include <cstdint>

#include "kernel/memory/address_space.h"
#include "kernel/memory/page_bytes.h"
#include "test/host/fake_machine.h"

namespace fake {

struct Space {
    explicit Space(std::uint64_t limit = 4096, std::uint32_t cpus = 2);
    ~Space();

    /// A word of the program's memory, in a page that is put in place if need be.
    void put(base::VirtualAddress at, std::uint64_t word);
    std::uint64_t get(base::VirtualAddress at);

    /// Another space on the same account.
    memory::AddressSpace& another();

    Machine machine;
    std::uint64_t free_before;
    memory::Account& account;
    memory::AddressSpace& space;
};

} // namespace fake
