// Intrusive doubly linked list: the links live in the elements, so that insertion cannot fail.
#pragma once

#include <cstddef>

namespace base {

/// Base of everything that can stand in a List. `Tag` tells several lists' links in one element apart.
template <class Tag = void>
class ListNode {
public:
    ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;

    bool is_linked() const { return next_ != nullptr; }

    /// Takes the element out of its list; it must be in one.
    void unlink() {
        previous_->next_ = next_;
        next_->previous_ = previous_;
        next_ = previous_ = nullptr;
    }

private:
    template <class, class>
    friend class List;
    ListNode* next_ = nullptr;
    ListNode* previous_ = nullptr;
};

/// A circular list around a sentinel; it does not own its elements, and must be empty when it ends.
template <class T, class Tag = void>
class List {
    using Node = ListNode<Tag>;

public:
    List() { sentinel_.next_ = sentinel_.previous_ = &sentinel_; }

    bool empty() const { return sentinel_.next_ == &sentinel_; }

    void push_front(T& element) { link(sentinel_, element); }

    void push_back(T& element) { link(*sentinel_.previous_, element); }

    /// Behind an element of this list, or with null in front of all.
    void insert_after(T* where, T& element) { link(where ? static_cast<Node&>(*where) : sentinel_, element); }

    /// The first element, or null when the list is empty.
    T* front() const { return empty() ? nullptr : static_cast<T*>(sentinel_.next_); }

    /// The last element, or null when the list is empty.
    T* back() const { return empty() ? nullptr : static_cast<T*>(sentinel_.previous_); }

    /// The element in front of one of this list, or null for the first.
    T* before(T& element) const {
        Node* const previous = static_cast<Node&>(element).previous_;
        return previous == &sentinel_ ? nullptr : static_cast<T*>(previous);
    }

    /// Takes out and returns the first element, or null when the list is empty.
    T* pop_front() {
        T* first = front();
        if (first) static_cast<Node*>(first)->unlink();
        return first;
    }

    class Iterator {
    public:
        explicit Iterator(Node* node) : node_(node) {}

        T& operator*() const { return *static_cast<T*>(node_); }

        Iterator& operator++() {
            node_ = node_->next_;
            return *this;
        }

        bool operator==(const Iterator&) const = default;

    private:
        Node* node_;
    };

    Iterator begin() { return Iterator(sentinel_.next_); }

    Iterator end() { return Iterator(&sentinel_); }

private:
    static void link(Node& where, Node& node) {
        node.previous_ = &where;
        node.next_ = where.next_;
        where.next_->previous_ = &node;
        where.next_ = &node;
    }

    Node sentinel_;
};

} // namespace base
