// What test programs are made of: checks that say PASS or FAIL, a line each, and a last line that counts
// them.
#pragma once

#include <cstddef>
#include <string_view>

#include "user/lib/calls.h"
#include "user/lib/print.h"

namespace trivium {

class Checks {
public:
    /// `test` is the program's name.
    explicit Checks(std::string_view test) : test_(test) {}

    /// Prints whether it held. Returns it, for checks that build on one another.
    bool check(bool held, std::string_view what) {
        ++(held ? passed_ : failed_);
        print("{} {}: {}\n", held ? "PASS" : "FAIL", test_, what);
        return held;
    }

    /// That a call failed, with this error.
    template <class T>
    bool fails(const Result<T>& result, Error wanted, std::string_view what) {
        const bool as_wanted = !result && result.error() == wanted;
        if (!as_wanted)
            print("     {}: got {}, wanted {}\n", what, result ? "success" : abi::name(result.error()),
                  wanted);
        return check(as_wanted, what);
    }

    /// That a call succeeded.
    template <class T>
    bool succeeds(const Result<T>& result, std::string_view what) {
        if (!result) print("     {}: {}\n", what, result.error());
        return check(result.has_value(), what);
    }

    /// Prints the sum; returns the program's exit code.
    int finish() const {
        print("{}: {} passed, {} failed\n", test_, passed_, failed_);
        return failed_ == 0 ? 0 : 1;
    }

private:
    std::string_view test_;
    std::size_t passed_ = 0;
    std::size_t failed_ = 0;
};

} // namespace trivium
