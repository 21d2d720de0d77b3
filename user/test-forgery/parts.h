// The parts of test-forgery.
#pragma once

#include "user/lib/case.h"
#include "user/lib/message.h"

namespace test {

using namespace trivium;

extern const Cases handle_cases, handle_roles;   ///< Handles that were never given, or are no more.
extern const Cases message_cases, message_roles; ///< Messages that are not what they say.
extern const Cases victim_roles;

/// Somebody who has memory, an endpoint, a notification and a thread of its own.
class Victim {
public:
    Victim();

    /// Nothing of it has been touched, and it lives.
    void check_untouched() const;

private:
    Handle endpoint_;
    Process process_;
};

} // namespace test
