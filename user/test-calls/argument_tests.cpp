// Numbers, sizes and addresses that no call accepts.
#include "user/lib/memory.h"
#include "user/test-calls/tests.h"

namespace test {

using namespace trivium;

namespace {

constexpr std::uint64_t kernel_address = 0xffff'ffff'8000'0000;
constexpr std::uint64_t code = 0x40'0000;
constexpr Rights read_write = right::read | right::write;

void numbers(Checks& checks) {
    for (const std::uint64_t number : {std::uint64_t{abi::system_call_count}, std::uint64_t{1} << 32,
                                       ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
        const machine::Result result = machine::system_call(number);
        checks.check(result.status == static_cast<std::uint64_t>(Error::bad_call), "an unknown call");
    }
}

void creations(Checks& checks) {
    checks.fails(call::create(abi::ObjectType::memory, 0), Error::invalid_argument,
                 "create memory of 0 bytes");
    checks.check(!call::create(abi::ObjectType::memory, ~std::uint64_t{0}),
                 "create memory of 2^64 - 1 bytes");
    checks.check(!call::create(abi::ObjectType::memory, std::uint64_t{1} << 60),
                 "create memory of 2^60 bytes");
    checks.check(!call::create(abi::ObjectType::process, 0), "create a process");
    checks.check(!call::create(static_cast<abi::ObjectType>(999), 0), "create what there is not");
}

void mappings(Checks& checks) {
    checks.fails(call::map(0, 0, read_write), Error::invalid_argument, "map nothing");
    checks.fails(call::map(0, 1, read_write), Error::misaligned, "map a byte");
    checks.fails(call::map(1, page_size, read_write), Error::misaligned, "map at an odd address");
    checks.fails(call::map(kernel_address, page_size, read_write), Error::bad_address,
                 "map a kernel address");
    checks.fails(call::map(page_size, page_size, read_write), Error::bad_address, "map beside null");
    checks.fails(call::map(code, page_size, read_write), Error::occupied, "map over the program");
    checks.fails(call::map(0, page_size, right::write | right::execute), Error::invalid_argument,
                 "map to write and execute");
    checks.check(!call::map(0, ~std::uint64_t{0} << 12, read_write), "map 2^64 bytes");
    checks.fails(call::unmap(kernel_address, page_size), Error::bad_address, "unmap a kernel address");
    checks.fails(call::unmap(code + 1, page_size), Error::misaligned, "unmap at an odd address");
    checks.fails(call::unmap(code, ~std::uint64_t{0} << 12), Error::bad_address, "unmap a wrapping range");
    checks.fails(call::protect(kernel_address, page_size, right::read), Error::bad_address,
                 "protect a kernel address");
    checks.fails(call::protect(0x1'0000, page_size, right::read), Error::not_found,
                 "protect what is not mapped");
    checks.fails(call::protect(code, page_size, right::write | right::execute), Error::invalid_argument,
                 "protect to write and execute");
}

void threads(Checks& checks) {
    const auto stack = Mapping::create(page_size, read_write);
    if (!checks.succeeds(stack, "a stack")) return;
    const std::uint64_t top = stack->address() + page_size;
    checks.fails(call::thread_start(kernel_address, top, 0, 0), Error::bad_address, "thread in the kernel");
    checks.fails(call::thread_start(code, kernel_address, 0, 0), Error::bad_address, "stack in the kernel");
    checks.fails(call::thread_start(code, top - 8, 0, 0), Error::misaligned, "stack of odd alignment");
    checks.fails(call::thread_start(code, top, 0, 255), Error::not_permitted, "thread of priority 255");
    checks.fails(call::set_priority(abi::self_process, 255), Error::invalid_argument, "priority 255");
    checks.fails(call::set_priority(abi::self_process, abi::highest_priority), Error::not_permitted,
                 "a priority above the own");
    checks.fails(call::set_affinity(abi::self_process, 0), Error::invalid_argument, "no CPU at all");
}

} // namespace

void arguments(Checks& checks) {
    numbers(checks);
    creations(checks);
    mappings(checks);
    threads(checks);
}

} // namespace test
