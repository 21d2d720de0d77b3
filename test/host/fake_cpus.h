// The host's CPUs as stacks that take turns: one that idles is left where it waits, in the kernel's own idle
// loop, and goes on there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace fake {

/// CPUs 0 to count - 1. One such thing at a time.
class Cpus {
public:
    explicit Cpus(std::uint32_t count);
    /// Those that idle are forgotten where they are.
    ~Cpus();
    Cpus(const Cpus&) = delete;
    Cpus& operator=(const Cpus&) = delete;

    /// Has CPU `cpu`, which does not idle, do something; comes back when it has done it, or idles. What it
    /// throws is thrown here.
    void run(std::uint32_t cpu, std::function<void()> work);

    /// Lets a CPU that idles look; comes back when it idles again, or has finished what it was doing.
    void wake(std::uint32_t cpu);

    bool idles(std::uint32_t cpu) const;

    std::uint32_t count() const { return static_cast<std::uint32_t>(stacks_.size()); }

private:
    struct Stack;

    void enter(Stack& stack);
    void park();
    void leave();
    void begin();
    static void begin_current();

    std::vector<std::unique_ptr<Stack>> stacks_;
    std::unique_ptr<Stack> outside_; ///< Of whoever calls run() or wake().
    Stack* current_ = nullptr;
};

} // namespace fake
