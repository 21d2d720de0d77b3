// The machine's first network card, joined to a stack: frames go to and fro, and time passes.
//
//     card ──interrupt──> receive ──> net::Stack ──> card       timer ──> tick ──> net::Stack
//
// The stack belongs to the monitor, as its commands are all that uses it; it answers for itself, though, as
// long as the monitor waits.
#pragma once

#include "hal/timer.h"
#include "kernel/device/network.h"
#include "kernel/schedule/timers.h"
#include "net/stack.h"

namespace monitor {

class Network {
public:
    explicit Network(device::NetDevice& device);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    device::NetDevice& device() const { return device_; }

    const net::Stack& stack() const { return stack_; }

    void set_echo_listener(net::EchoListener listener) { stack_.set_echo_listener(listener); }

    /// Lets `action(stack, now)` do something with the stack, and sees to what follows from it.
    template <class Action>
    auto with_stack(Action action) {
        struct Finally {
            Network& network;

            ~Finally() { network.settle(); }
        } const finally{*this};

        return action(stack_, hal::now());
    }

private:
    void settle();
    void keep_deadline();
    void note_address();

    device::NetDevice& device_;
    net::Stack stack_;
    schedule::Timer timer_;
    net::Ipv4Configuration noted_;
};

/// Joins a stack to the first card, if there is one, with the address that the command line gives it:
/// `ip=10.0.2.15/24,10.0.2.2` or `ip=dhcp`. Once, when drivers have been probed.
void network_initialize(const hal::BootInfo& boot_info);

/// Null where the machine has no network card.
Network* network();

/// "10.0.2.15/24, gateway 10.0.2.2", or "no address".
base::Text<60> to_text(const net::Ipv4Configuration& configuration);

} // namespace monitor
