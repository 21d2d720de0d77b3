// Changing a State, with what must hold after each change.
#include "test/host/axiom_machine.h"

#include <doctest/doctest.h>

#include <cstring>

#include "kernel/axiom/capability_table.h"

using namespace axiom;

namespace test {

Outcome Machine::operator()(const Commit& commit, Place where) {
    INFO("a commit that must fit, from " << where.file_name() << ":" << where.line());
    const auto outcome = apply(state, commit);
    REQUIRE(outcome);
    REQUIRE(state.digest() == state.compute_digest());
    return *outcome;
}

Error Machine::refused(const Commit& commit, Place where) {
    INFO("a commit that must be refused, and change nothing, from " << where.file_name() << ":"
                                                                    << where.line());
    const auto before = bytes();
    const auto outcome = apply(state, commit);
    REQUIRE_FALSE(outcome);
    REQUIRE(bytes() == before);
    return outcome.error();
}

std::vector<std::byte> Machine::bytes() const { return {arena_.span().begin(), arena_.span().end()}; }

ProcessId Machine::start(Quota quota) {
    (*this)(boot());
    return (*this)(create_process({}, "init", quota)).process;
}

ProcessId Machine::spawn(ProcessId parent, Quota quota) {
    return (*this)(create_process(parent, "child", quota)).process;
}

void Machine::bury(ProcessId process) {
    (*this)(exit_process(process, abi::Ending::exited, 0));
    while (!(*this)(clear_table(process)).done) {
    }
    (*this)(reap_process(process));
}

Bytes read(const CommitLog& log) {
    std::vector<std::byte> bytes;
    log.read(
        [](void* context, std::span<const std::byte> piece) {
            auto& all = *static_cast<std::vector<std::byte>*>(context);
            all.insert(all.end(), piece.begin(), piece.end());
        },
        &bytes);
    Bytes result(bytes.size());
    if (!bytes.empty()) std::memcpy(result.span().data(), bytes.data(), bytes.size());
    return result;
}

std::uint32_t node_of(const State& state, ProcessId holder, abi::Handle handle) {
    const Tables& tables = Inspector::tables(state);
    const auto node = axiom::node_of(tables, tables.process(tables.find(holder)), handle);
    if (!node) FAIL("no such capability");
    return *node;
}

std::uint32_t parent_of(const State& state, ProcessId holder, abi::Handle handle) {
    const Tables& tables = Inspector::tables(state);
    std::uint32_t parent = tables.node(node_of(state, holder, handle)).parent;
    while (parent != 0 && tables.node(parent).holder == 0) parent = tables.node(parent).parent;
    return parent;
}

abi::Handle memory(Machine& machine, axiom::ProcessId process, abi::Rights rights) {
    return machine(axiom::create_object(process, abi::ObjectType::memory, 4096, rights)).handle;
}

void fill(Machine& machine, axiom::ProcessId process) {
    const abi::Handle handle = memory(machine, process);
    while (machine.state.free_slots(process) > 0)
        machine(axiom::copy_capability(process, handle, process, reading));
}

} // namespace test
