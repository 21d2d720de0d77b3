// How interrupt controllers are told apart, and how each reads the specifiers that the tree holds for it.
#pragma once

#include "platform/shared/device_tree_interrupts.h"

namespace platform {

/// What kind of controller a node is, from its `compatible`.
InterruptDomain::Kind controller_kind(const DeviceTree& tree, Node node);

/// Whether the specifier stands for an output that leads nowhere.
bool is_unconnected(InterruptDomain::Kind kind, Cells specifier);

/// The line that a specifier names at a controller of that kind; nothing when it is too short or names none.
std::optional<hal::InterruptLine> decode_specifier(InterruptDomain::Kind kind, Cells specifier);

} // namespace platform
