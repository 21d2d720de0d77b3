// The derivation tree: what each capability of an object was derived from, across tables.
//
//     object ─first─> A ──next──> B          A and B derive from none; the newest comes first
//                     │
//                     first_child ─> C ──next──> D        C and D derive from A
//
// - When a capability is deleted its children become its parent's. With none or one that is done at once;
// with
//   two or more its node stays, without a holder, as the place that holds them together: so a step costs the
//   same, however many there are. Whoever walks the tree looks through such nodes.
// - A node without a holder has at least two children: else it is taken out. So there are fewer of them than
// of
//   capabilities, and twice as many nodes as slots always suffice.
#pragma once

#include <expected>

#include "kernel/abi/error.h"
#include "kernel/axiom/tables.h"

namespace axiom {

using abi::Error;

/// How many nodes there are above a capability at most, those without a holder counted: as far as may_derive
/// has to go.
inline constexpr std::uint32_t deepest_derivation = 64;

/// Whether something can be derived from a node. Error::gone while it, or one above it, is being revoked;
/// Error::limit_reached.
std::expected<void, Error> may_derive(const Tables& tables, std::uint32_t index);

/// The capability that one was derived from, or 0: nodes without a holder are looked through.
std::uint32_t source_of(const Tables& tables, std::uint32_t index);

/// A node beneath that one, or itself, that has no children. At most deepest_derivation steps.
std::uint32_t leaf_beneath(const Tables& tables, std::uint32_t index);

/// What will be above the place of a leaf that has a parent, once it is uprooted: its parent, unless that one
/// stays for the sake of two children only.
std::uint32_t left_above(const Tables& tables, std::uint32_t leaf);

/// Adds a capability, whose object, holder, slot, rights and parent `node` names. Gives its index.
std::uint32_t plant(Tables& tables, const Node& node, std::uint64_t badge);

/// Deletes one; its children become its parent's.
void uproot(Tables& tables, std::uint32_t index);

/// Of a node without a parent: makes its newest child one without a parent, too. It must have one.
void detach_child(Tables& tables, std::uint32_t index);

} // namespace axiom
