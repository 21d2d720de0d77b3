// Memory that was lent: a window onto it goes with the right to have it.
#include <doctest/doctest.h>

#include "kernel/object/memory.h"
#include "test/host/fake_talkers.h"

using abi::Error, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Talkers;
namespace right = abi::right;

namespace {

constexpr std::uint64_t page = base::page_size;

/// Child 0 has made memory, and child 1 has a window onto it.
struct Loan {
    explicit Loan(abi::Rights rights = right::read | right::write)
        : memory(made()), borrowed(give(rights)), window(map(rights)) {}

    std::uint64_t made() {
        const Answer answer = talkers.programs.call(
            talkers[0], SystemCall::create, {static_cast<std::uint64_t>(ObjectType::memory), 4 * page});
        REQUIRE(answer.succeeded());
        return answer.first;
    }

    std::uint64_t give(abi::Rights rights) {
        std::uint64_t given = 0;
        talkers.programs.act([&] {
            const auto outcome = object::commit(
                axiom::copy_capability(talkers[0].pid, abi::to_handle(memory), talkers[1].pid, rights));
            REQUIRE(outcome);
            given = abi::to_word(outcome->handle);
        });
        return given;
    }

    std::uint64_t map(abi::Rights rights) {
        const Answer answer =
            talkers.programs.call(talkers[1], SystemCall::map, {0, 2 * page, rights.bits, borrowed, page});
        REQUIRE(answer.succeeded());
        return answer.first;
    }

    bool is_open(memory::Access access = memory::Access::read) {
        bool open = false;
        talkers.programs.act([&] { open = talkers[1].space->resolve({window}, access).has_value(); });
        return open;
    }

    Answer lender(SystemCall number, std::initializer_list<std::uint64_t> arguments) {
        return talkers.programs.call(talkers[0], number, arguments);
    }

    Answer borrower(SystemCall number, std::initializer_list<std::uint64_t> arguments) {
        return talkers.programs.call(talkers[1], number, arguments);
    }

    Talkers talkers{2};
    std::uint64_t memory, borrowed, window;
};

} // namespace

TEST_CASE("loan: what is revoked is unmapped, and the lender keeps it") {
    Loan loan;
    CHECK(loan.is_open(memory::Access::write));
    CHECK(loan.lender(SystemCall::revoke, {loan.memory}).succeeded());
    CHECK_FALSE(loan.is_open());
    const std::uint64_t buffer = loan.talkers.programs.put(loan.talkers[0], std::array{std::byte{}});
    CHECK(loan.lender(SystemCall::read, {loan.memory, buffer, 1, 0}).first == 1);
}

TEST_CASE("loan: a window outlives the closing of its handle, but not a revoke") {
    Loan loan;
    CHECK(loan.borrower(SystemCall::close, {loan.borrowed}).succeeded());
    CHECK(loan.is_open());
    CHECK(loan.lender(SystemCall::revoke, {loan.memory}).succeeded());
    CHECK_FALSE(loan.is_open());
}

TEST_CASE("loan: a revoke leaves windows whose capability is still held, and those of the kernel's own") {
    Loan loan;
    const Answer copy =
        loan.lender(SystemCall::derive, {loan.memory, right::read.bits, 0, ~std::uint32_t{0}});
    REQUIRE(copy.succeeded());
    CHECK(loan.lender(SystemCall::revoke, {copy.first}).succeeded()); // Of a copy beside the others.
    CHECK(loan.is_open(memory::Access::write));
    const std::uint64_t initrd = loan.talkers.programs.open(loan.talkers[1], "initrd");
    CHECK(loan.borrower(SystemCall::revoke, {initrd}).succeeded());
    loan.talkers.programs.act(
        [&] { CHECK(loan.talkers[0].space->resolve({0x40'0000}, memory::Access::read)); });
}

TEST_CASE("loan: when who made it ends, it ends, whether or not he has kept a capability") {
    for (const bool keeps : {false, true}) {
        Loan loan;
        if (!keeps) CHECK(loan.lender(SystemCall::close, {loan.memory}).succeeded());
        CHECK(loan.is_open());
        const std::uint64_t buffer = loan.talkers.programs.put(loan.talkers[1], std::array{std::byte{}});
        loan.talkers.programs.act([&] { process::end(loan.talkers[0], abi::Ending::killed, 0); });
        CHECK_FALSE(loan.is_open());
        CHECK(loan.borrower(SystemCall::read, {loan.borrowed, buffer, 1, 0}).is(Error::bad_handle));
    }
}

TEST_CASE("loan: what the lender did not make stays when it ends") {
    Loan loan;
    loan.talkers.programs.act([&] {
        const auto further = object::commit(axiom::copy_capability(
            loan.talkers[1].pid, abi::to_handle(loan.borrowed), loan.talkers.init().pid, right::read));
        CHECK_FALSE(further); // It may not hand it on.
    });
    loan.talkers.programs.act([&] { process::end(loan.talkers[1], abi::Ending::killed, 0); });
    CHECK(loan.lender(SystemCall::revoke, {loan.memory}).succeeded());
}
