// What the C++ library's headers call when a program has broken one of their rules: it is told so, and ended.
#include <bits/functexcept.h>
#include <new>

#include "user/lib/print.h"
#include "user/lib/program.h"

namespace {

constexpr int aborted = 134;

[[noreturn]] void give_up(const char* what) {
    trivium::print_error("{}\n", what);
    trivium::exit(aborted);
}

} // namespace

namespace std {

const nothrow_t nothrow{};

void __throw_out_of_range_fmt(const char* what, ...) { give_up(what); }

void __throw_out_of_range(const char* what) { give_up(what); }

void __throw_length_error(const char* what) { give_up(what); }

void __throw_logic_error(const char* what) { give_up(what); }

void __throw_invalid_argument(const char* what) { give_up(what); }

void __throw_bad_alloc() { give_up("no memory"); }

void __throw_bad_array_new_length() { give_up("an array of impossible size"); }

void __throw_bad_function_call() { give_up("a function object that is empty was called"); }

} // namespace std

extern "C" void abort() { give_up("aborted"); }
