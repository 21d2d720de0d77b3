// Live objects: what stands behind the capabilities that State counts.
//
// - State says which objects there are (truth); a live object is bound to each, by its index, in a table
// here.
// - Ref counts the kernel's own pins: an object whose last capability is gone has ended, and its memory goes
//   with the last Ref.
// - There are no virtual functions: each type registers what ends and what frees one of its own.
//
// The kernel lock must be held for everything here.
#pragma once

#include <cstdint>
#include <utility>

#include "kernel/abi/object.h"
#include "kernel/axiom/commit.h"
#include "kernel/base/list.h"

namespace object {

/// In a list of what its maker has made, if that is a process.
class Object : public base::ListNode<class Made> {
public:
    explicit Object(abi::ObjectType type) : type_(type) {}

    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    abi::ObjectType type() const { return type_; }

    /// Its name in State; none before it is bound.
    axiom::ObjectId id() const { return id_; }

    /// Its index in State, from then on.
    std::uint32_t place() const { return place_; }

    void retain() { ++references_; }

    /// Gives up a pin; with the last one the object is freed.
    void release();

protected:
    ~Object() = default;

private:
    friend void bind(Object& object, axiom::ObjectId id, std::uint32_t index);
    abi::ObjectType type_;
    std::uint32_t references_ = 0;
    axiom::ObjectId id_{};
    std::uint32_t place_ = 0;
};

/// What is particular to a type.
struct TypeOperations {
    void (*end)(Object& object) =
        nullptr; ///< Its last capability is gone, or it was destroyed: wakes waiters.
    void (*free)(Object& object) = nullptr; ///< Nobody refers to it any more: deletes it.
};

/// Says what a type's objects do at their end. Once per type, at boot.
void register_type(abi::ObjectType type, TypeOperations operations);

/// A pin on an object, or nothing. Moves, but is copied only on purpose.
template <class T>
class Ref {
public:
    Ref() = default;

    explicit Ref(T& object) : object_(&object) { object.retain(); }

    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}

    Ref& operator=(Ref&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }

    ~Ref() {
        if (object_) object_->release();
    }

    T* get() const { return object_; }

    T& operator*() const { return *object_; }

    T* operator->() const { return object_; }

    explicit operator bool() const { return object_ != nullptr; }

private:
    T* object_ = nullptr;
};

} // namespace object
