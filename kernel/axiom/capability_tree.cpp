// Links of the derivation tree.
#include "kernel/axiom/capability_tree.h"

namespace axiom {
namespace {

/// Where the list that a node is in begins.
std::uint32_t& head_of(Tables& tables, const Node& node) {
    return node.parent ? tables.node(node.parent).first_child : tables.object(node.object).first;
}

/// Whoever comes before `node` in its list goes on with `next`; `next`, if there is one, follows them.
void relink(Tables& tables, const Node& node, std::uint32_t next) {
    tables.put(node.previous ? tables.node(node.previous).next : head_of(tables, node), next);
    if (next) tables.put(tables.node(next).previous, node.previous);
}

void put_first(Tables& tables, std::uint32_t index) {
    Node& node = tables.node(index);
    std::uint32_t& head = head_of(tables, node);
    if (head) tables.put(tables.node(head).previous, index);
    tables.put(node.next, head);
    tables.put(node.previous, 0);
    tables.put(head, index);
}

void take_out(Tables& tables, std::uint32_t index) {
    relink(tables, tables.node(index), tables.node(index).next);
}

/// Apart, since most have none.
[[gnu::noinline]] void forget_badge(Tables& tables, std::uint32_t index) {
    tables.put(tables.badge(index), 0);
}

void free_node(Tables& tables, std::uint32_t index) {
    if (tables.badge(index) != 0) forget_badge(tables, index);
    tables.clear(tables.node(index));
    tables.free_nodes.insert(index);
}

/// An only child takes its parent's place.
void replace_by_child(Tables& tables, std::uint32_t index) {
    // [lab 12: delete one in the middle]
    const Node& node = tables.node(index);
    Node& child = tables.node(node.first_child);
    tables.put(child.parent, node.parent);
    tables.put(child.next, node.next);
    if (child.next) tables.put(tables.node(child.next).previous, node.first_child);
    relink(tables, node, node.first_child);
    free_node(tables, index);
    // [/lab]
}

bool has_one_child(const Tables& tables, const Node& node) {
    return node.first_child && tables.node(node.first_child).next == 0;
}

/// A child of that node is gone from it: without a holder it must not stay for the sake of one.
void after_loss(Tables& tables, std::uint32_t index) {
    if (index == 0) return;
    // [lab 12: delete one in the middle]
    const Node& node = tables.node(index);
    if (node.holder == 0 && has_one_child(tables, node)) replace_by_child(tables, index);
    // [/lab]
}

} // namespace

/// A capability has at most deepest_derivation nodes above it: so the way up ends.
std::expected<void, Error> may_derive(const Tables& tables, std::uint32_t index) {
    // [lab 12: derive]
    std::uint32_t left = deepest_derivation;
    for (; index != 0; index = tables.node(index).parent, --left)
        if (tables.node(index).revoking || left == 0)
            return std::unexpected(tables.node(index).revoking ? Error::gone : Error::limit_reached);
    return {};
    // [/lab]
}

std::uint32_t source_of(const Tables& tables, std::uint32_t index) {
    // [lab 12: delete one in the middle]
    do index = tables.node(index).parent;
    while (index != 0 && tables.node(index).holder == 0);
    return index;
    // [/lab]
}

std::uint32_t leaf_beneath(const Tables& tables, std::uint32_t index) {
    // [lab 12: revoke]
    while (tables.node(index).first_child != 0) index = tables.node(index).first_child;
    return index;
    // [/lab]
}

std::uint32_t left_above(const Tables& tables, std::uint32_t leaf) {
    const std::uint32_t parent = tables.node(leaf).parent;
    const Node& place = tables.node(parent);
    const bool goes_too = place.holder == 0 && tables.node(tables.node(place.first_child).next).next == 0;
    return goes_too ? place.parent : parent;
}

std::uint32_t plant(Tables& tables, const Node& node, std::uint64_t badge) {
    const std::uint32_t index = tables.free_nodes.first();
    tables.free_nodes.erase(index);
    std::uint32_t& head = head_of(tables, node);
    Node whole = node;
    whole.next = head;
    if (head) tables.put(tables.node(head).previous, index);
    tables.fill(tables.node(index), whole);
    tables.put(head, index);
    if (badge != 0) tables.put(tables.badge(index), badge);
    return index;
}

void uproot(Tables& tables, std::uint32_t index) {
    // [lab 12: delete one in the middle]
    Node& node = tables.node(index);
    const std::uint32_t parent = node.parent;
    if (node.first_child == 0) {
        take_out(tables, index);
        free_node(tables, index);
        after_loss(tables, parent);
    } else if (has_one_child(tables, node)) {
        replace_by_child(tables, index);
    } else {
        const Node place{.object = node.object,
                         .parent = node.parent,
                         .first_child = node.first_child,
                         .next = node.next,
                         .previous = node.previous};
        if (tables.badge(index) != 0) forget_badge(tables, index);
        tables.clear(node);
        tables.fill(node, place);
    }
    // [/lab]
}

void detach_child(Tables& tables, std::uint32_t index) {
    const std::uint32_t child = tables.node(index).first_child;
    take_out(tables, child);
    tables.put(tables.node(child).parent, 0);
    put_first(tables, child);
    after_loss(tables, index);
}

} // namespace axiom
