// Memory that was lent: it is gone for the borrower, mapped or not, when the lender takes it back.
#include "user/lib/memory.h"
#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr MessageInformation one_capability = MessageInformation::of(0, 1);

/// A page, lent to another process, which has mapped it and read it, and touches it once more when it is told
/// to.
class Loan {
public:
    Loan()
        : memory_(must(Memory::create(page_size), "make memory")),
          window_(must(memory_.map(right::read | right::write), "map it")),
          grants_{grant("endpoint", endpoint_, right::read | right::transfer)},
          borrower_(start_role("borrower", grants_)) {
        window_.bytes()[0] = std::byte{42};
        Envelope envelope;
        envelope.sent[0] = {.handle = memory_.handle(), .rights = right::read};
        require(must(call::call(endpoint_, envelope, one_capability), "lend memory").words[0] == 42,
                "the borrower does not read what there is");
    }

    Handle memory() const { return memory_.handle(); }

    /// Ends the borrower: with a fault, for what it had mapped is not there any more.
    void check_gone() {
        require(must(call::call(endpoint_, {}), "ask the borrower").words[0] ==
                    static_cast<std::uint64_t>(Error::bad_handle),
                "the borrower still has a capability");
        must(call::send(endpoint_, {}), "tell the borrower to touch it");
        require(must(borrower_.wait(), "wait for the borrower").ending == abi::Ending::faulted,
                "the borrower can still read it");
    }

private:
    Handle endpoint_ = make_endpoint();
    Memory memory_;
    Mapping window_;
    abi::Grant grants_[1];
    Process borrower_;
};

void be_borrower() {
    const Handle endpoint = given("endpoint");
    Envelope envelope = accepting(1);
    must(call::receive(endpoint, envelope), "receive memory");
    const Handle memory = envelope.received[0];
    const auto window = must(Mapping::create(page_size, right::read, memory), "map what was lent");
    const auto* const byte = reinterpret_cast<const volatile std::uint8_t*>(window.address());
    must(call::reply_receive(endpoint, {*byte}), "say what is there");
    const auto identity = call::identify(memory);
    must(call::reply({identity ? 0 : static_cast<std::uint64_t>(identity.error())}),
         "say whether it is there");
    must(call::receive(endpoint), "wait to be told");
    (void)*byte;
}

void destroyed() {
    Loan loan;
    must(call::destroy(loan.memory()), "destroy what was lent");
    loan.check_gone();
}

void revoked() {
    Loan loan;
    must(call::revoke(loan.memory()), "revoke what was lent");
    loan.check_gone();
    std::byte byte{};
    must(call::read(loan.memory(), {&byte, 1}), "the lender still has it");
}

/// The lender's capability is the last but for those that were derived from it.
void lender_ends() {
    const Handle meeting = make_endpoint();
    const abi::Grant to_borrow[] = {grant("endpoint", meeting, right::read | right::transfer)};
    const abi::Grant to_lend[] = {grant("endpoint", meeting, right::write | right::call | right::transfer)};
    const Process borrower = start_role("borrower", to_borrow);
    finish(start_role("lender", to_lend));
    (void)call::call(meeting, {});
    must(call::send(meeting, {}), "tell the borrower to touch it");
    require(must(borrower.wait(), "wait for the borrower").ending == abi::Ending::faulted,
            "what was lent by who has ended can still be read");
}

void be_lender() {
    const Memory memory = must(Memory::create(page_size), "make memory");
    Envelope envelope;
    envelope.sent[0] = {.handle = memory.handle(), .rights = right::read};
    must(call::call(given("endpoint"), envelope, one_capability), "lend memory");
}

constexpr Case cases[] = {
    {"borrowed-destroyed", destroyed},
    {"borrowed-revoked", revoked},
    {"borrowed-lender-ends", lender_ends},
};

constexpr Case roles[] = {{"borrower", be_borrower}, {"lender", be_lender}};

} // namespace

const Cases lending_cases = cases, lending_roles = roles;

} // namespace test
