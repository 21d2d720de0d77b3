// Calls that take one pointer and a length.
#include "kernel/base/text.h"
#include "user/lib/stream.h"
#include "user/lib/terminal.h"
#include "user/test-calls/pointers.h"
#include "user/test-calls/tests.h"

namespace test {

using namespace trivium;

namespace {

std::span<std::byte> bytes_of(const Range& range) {
    return {reinterpret_cast<std::byte*>(range.address), range.size};
}

std::string_view text_of(const Range& range) {
    return {reinterpret_cast<const char*>(range.address), range.size};
}

/// Succeeds where the kernel may do what it must with that memory; is bad_address elsewhere.
template <class T>
void judge(Checks& checks, const Result<T>& result, bool allowed, std::string_view call, const Range& range) {
    const auto what = base::Text<64>::of("{}, {} pointer", call, range.kind);
    if (allowed)
        checks.succeeds(result, what);
    else
        checks.fails(result, Error::bad_address, what);
}

void reads(Checks& checks, const Pointers& pointers) {
    const auto random = open("random");
    if (!checks.succeeds(random, "open random")) return;
    for (const Range& range : pointers.of_each_kind())
        judge(checks, call::read(random->get(), bytes_of(range)), range.writable, "read random", range);
    const auto memory = Memory::create(page_size);
    if (!checks.succeeds(memory, "create memory")) return;
    for (const Range& range : pointers.of_each_kind())
        judge(checks, call::read(memory->handle(), bytes_of(range)), range.writable, "read memory", range);
}

void writes(Checks& checks, const Pointers& pointers) {
    const auto null = open("null");
    if (!checks.succeeds(null, "open null")) return;
    for (const Range& range : pointers.of_each_kind()) // Nobody looks at what goes into it, but at where.
        if (range.readable || !range.is_user)
            judge(checks, call::write(null->get(), text_of(range)), range.readable, "write null", range);
    const auto memory = Memory::create(page_size);
    if (!checks.succeeds(memory, "create memory")) return;
    for (const Range& range : pointers.of_each_kind())
        judge(checks, call::write(memory->handle(), text_of(range)), range.readable, "write memory", range);
    for (const Range& range : pointers.of_each_kind()) // What can be read would be shown.
        if (!range.readable && range.size <= most_terminal_bytes)
            judge(checks, write_some(abi::standard_output, text_of(range)), false, "write terminal", range);
}

void inspects(Checks& checks, const Pointers& pointers) {
    const auto system = open("system");
    if (!checks.succeeds(system, "open system")) return;
    for (const Range& range : pointers.of_each_kind(sizeof(abi::MemoryRecord)))
        judge(checks, call::inspect(system->get(), abi::Topic::memory, bytes_of(range)), range.writable,
              "inspect", range);
}

/// Names may be refused for their length, too, before anybody looks at them; good memory holds no name.
void opens(Checks& checks, const Pointers& pointers) {
    for (const Range& range : pointers.of_each_kind(abi::name_length)) {
        const auto opened = call::open(text_of(range));
        const bool unknown = !opened && opened.error() == Error::not_found;
        const bool bad = !opened && opened.error() == Error::bad_address;
        const bool too_long = range.size > abi::name_length;
        checks.check(range.readable || too_long ? unknown || (too_long && bad) : bad,
                     base::Text<64>::of("open, {} pointer", range.kind));
    }
}

} // namespace

void pointers(Checks& checks) {
    const auto pointers = Pointers::create();
    if (!checks.succeeds(pointers, "memory for pointers")) return;
    reads(checks, *pointers);
    writes(checks, *pointers);
    inspects(checks, *pointers);
    opens(checks, *pointers);
}

} // namespace test
