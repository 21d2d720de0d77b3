// Makes system calls with arguments that somebody might try who means no good.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "user/lib/file.h"
#include "user/test-fuzz/values.h"

namespace fuzz {

class Fuzzer {
public:
    explicit Fuzzer(std::uint64_t seed) : values_(seed) {}

    /// Makes so many calls. An error: the process could not even prepare for them.
    trivium::Result<void> run(std::uint64_t count);

    /// The first call of the table that never succeeded, of those that were made; nothing when all did.
    std::optional<abi::SystemCall> never_successful() const;

private:
    using Words = std::array<std::uint64_t, 6>;

    Words arguments_of(abi::SystemCall number);
    Words about_objects(abi::SystemCall number);
    Words about_capabilities(abi::SystemCall number);
    Words about_messages();
    Words about_memory(abi::SystemCall number);
    Words about_threads(abi::SystemCall number);
    std::uint64_t spawn_request();
    abi::SystemCall choose();
    void make_call();
    void keep_result(abi::SystemCall number, const machine::Result& result);

    Values values_;
    trivium::Image image_{};
    std::array<std::uint64_t, abi::system_call_count> successes_{};
    abi::SpawnRequest request_{};
    std::array<abi::Grant, 2> grants_{};
};

} // namespace fuzz
