// Rights: who was given less than all of an object gets no more of it, by whatever way.
//
// This process makes memory and gives a copy of itself the right to read it; the copy tries for more.
#include <algorithm>
#include <array>

#include "user/lib/check.h"
#include "user/lib/copies.h"
#include "user/lib/memory.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

constexpr Rights read_write = right::read | right::write;
constexpr std::string_view shared_name = "shared";

/// Memory of which this process may only read, and what it may do with a window onto it.
void test_window(Checks& checks, Handle memory) {
    const auto window = Mapping::create(page_size, right::read, memory);
    if (!checks.succeeds(window, "map it to read")) return;
    checks.check(window->bytes()[0] == std::byte{1}, "it shows what is there");
    checks.fails(call::protect(window->address(), page_size, read_write), Error::not_permitted,
                 "make the window writable");
    checks.fails(call::protect(window->address(), page_size, right::read | right::execute),
                 Error::not_permitted, "make the window executable");
    checks.succeeds(call::protect(window->address(), page_size, Rights{}), "close the window");
    checks.fails(call::protect(window->address(), page_size, read_write), Error::not_permitted,
                 "open it wider than it was");
    checks.succeeds(call::protect(window->address(), page_size, right::read), "open it again");
}

void test_calls(Checks& checks, Handle memory) {
    checks.fails(call::map(0, page_size, read_write, memory), Error::not_permitted, "map it to write");
    checks.fails(call::map(0, page_size, right::read | right::execute, memory), Error::not_permitted,
                 "map it to execute");
    checks.fails(call::write(memory, "text"), Error::not_permitted, "write to it");
    checks.fails(call::destroy(memory), Error::not_permitted, "destroy it");
}

/// What may be read, but not granted, goes to no child.
void test_grant(Checks& checks, Handle memory) {
    const abi::Grant grants[] = {grant(shared_name, memory, right::read)};
    const std::string_view arguments[] = {"true"};
    checks.fails(Process::spawn("true", {.arguments = arguments, .grants = grants}), Error::not_permitted,
                 "grant it to a child");
}

void test_blind_window(Checks& checks, Handle memory) {
    const auto blind = Mapping::create(page_size, Rights{}, memory);
    if (blind) // Without any right there is nothing to be seen in it.
        checks.fails(call::protect(blind->address(), page_size, read_write), Error::not_permitted,
                     "make a blind window writable");
}

int be_child() {
    Checks checks("test-rights");
    const auto memory = open(shared_name);
    if (!checks.succeeds(memory, "open what was given")) return checks.finish();
    test_window(checks, memory->get());
    test_calls(checks, memory->get());
    test_grant(checks, memory->get());
    test_blind_window(checks, memory->get());
    return checks.finish();
}

Result<End> run_child(Handle memory) {
    const auto usual = GrantList::usual();
    std::array<abi::Grant, GrantList::limit + 1> grants{};
    const auto last = std::ranges::copy(usual.view(), grants.begin()).out;
    *last = grant(shared_name, memory, right::read);
    const std::string_view arguments[] = {"test-rights", "child"};
    const auto child = Process::spawn(
        "test-rights", {.arguments = arguments, .grants = std::span(grants).first(usual.view().size() + 1)});
    if (!child) return std::unexpected(child.error());
    return child->wait();
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1) return be_child();
    Checks checks("test-rights");
    const auto memory = Memory::create(page_size);
    if (!checks.succeeds(memory, "create memory")) return checks.finish();
    const auto window = memory->map(read_write);
    if (!checks.succeeds(window, "map it")) return checks.finish();
    window->bytes()[0] = std::byte{1};
    const auto end = run_child(memory->handle());
    checks.check(end && end->ending == abi::Ending::exited && end->code == 0, "the child got no more");
    checks.check(window->bytes()[0] == std::byte{1}, "the memory is as it was");
    checks.fails(call::close(abi::self_process), Error::not_permitted, "close the own process");
    return checks.finish();
}
