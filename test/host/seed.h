// Seeds of the randomised tests: the same on each run of `make test`, fresh ones under `make soak`.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace test {

/// A test's own seed `usual`; mixed with TRIVIUM_SEED where that is set, so that each test still has its own.
inline std::uint64_t seed(std::uint64_t usual) {
    const char* const fresh = std::getenv("TRIVIUM_SEED");
    return fresh ? usual ^ (std::stoull(fresh) * 0x9e37'79b9'7f4a'7c15) : usual;
}

} // namespace test
