// Objects that are nothing but a capability to do something: null, random, system.
#pragma once

#include "kernel/object/object.h"

namespace process {

template <abi::ObjectType Type>
class PlainObject final : public object::Object {
public:
    static constexpr abi::ObjectType object_type = Type;

    PlainObject() : Object(Type) {}

    static void register_type() {
        object::register_type(Type, {.end = nullptr, .free = [](object::Object& object) {
                                         delete &static_cast<PlainObject&>(object);
                                     }});
    }
};

using NullObject = PlainObject<abi::ObjectType::null>;     ///< Swallows and gives nothing.
using RandomObject = PlainObject<abi::ObjectType::random>; ///< The kernel's random numbers.
using SystemObject = PlainObject<abi::ObjectType::system>; ///< What inspect() tells.

} // namespace process
