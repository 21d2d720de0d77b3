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

#include "kernel/axiom/tables.h"

namespace axiom {

/// Adds a capability, whose object, holder, slot, rights, type and parent `node` names. Gives its index.
std::uint32_t plant(Tables& tables, const Node& node);

/// Deletes one; its children become its parent's.
void uproot(Tables& tables, std::uint32_t index);

/// Of a node without a parent: makes its newest child one without a parent, too. It must have one.
void detach_child(Tables& tables, std::uint32_t index);

} // namespace axiom
