// Switching between stacks by ucontext, told to the sanitizer each time.
#include "test/host/fake_cpus.h"

#include <sanitizer/common_interface_defs.h>
#include <ucontext.h>

#include <array>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <utility>

#include "hal/cpu.h"
#include "test/host/fake_hal.h"

namespace fake {

struct Cpus::Stack {
    static constexpr std::size_t size = 256 * 1024;

    std::uint32_t cpu = 0;
    ucontext_t context{};
    const void* bottom = nullptr;
    std::size_t length = 0;
    void* sanitizer = nullptr; ///< What the sanitizer keeps for a stack that is left.
    std::unique_ptr<std::byte[]> bytes;
    std::function<void()> work;
    std::exception_ptr thrown;
    bool idles = false;
};

namespace {

Cpus* the_cpus = nullptr;

/// As swapcontext does it, of which the sanitizer has a poor opinion: it need not know, as it is told.
void swap(ucontext_t& from, const ucontext_t& to) {
    volatile bool is_back = false;
    getcontext(&from);
    if (is_back) return;
    is_back = true;
    setcontext(&to);
}

} // namespace

Cpus::Cpus(std::uint32_t count) : outside_(new Stack) {
    the_cpus = this;
    platform::Cpu::on_idle = [this] { park(); };
    for (std::uint32_t cpu = 0; cpu < count; ++cpu) {
        Stack& stack = *stacks_.emplace_back(new Stack);
        stack.cpu = cpu;
        stack.bytes.reset(new std::byte[Stack::size]);
        stack.bottom = stack.bytes.get();
        stack.length = Stack::size;
        getcontext(&stack.context);
        stack.context.uc_stack.ss_sp = stack.bytes.get();
        stack.context.uc_stack.ss_size = Stack::size;
        makecontext(&stack.context, begin_current, 0);
    }
}

Cpus::~Cpus() {
    platform::Cpu::on_idle = nullptr;
    the_cpus = nullptr;
}

bool Cpus::idles(std::uint32_t cpu) const { return stacks_[cpu]->idles; }

void Cpus::run(std::uint32_t cpu, std::function<void()> work) {
    if (idles(cpu)) throw std::logic_error("a CPU that idles is given work");
    stacks_[cpu]->work = std::move(work);
    enter(*stacks_[cpu]);
}

void Cpus::wake(std::uint32_t cpu) {
    if (!idles(cpu)) throw std::logic_error("a CPU is woken that does not idle");
    enter(*stacks_[cpu]);
}

void Cpus::enter(Stack& stack) {
    const std::uint32_t before = hal::current_cpu().index;
    become_cpu(stack.cpu);
    current_ = &stack;
    stack.idles = false;
    __sanitizer_start_switch_fiber(&outside_->sanitizer, stack.bottom, stack.length);
    swap(outside_->context, stack.context);
    __sanitizer_finish_switch_fiber(outside_->sanitizer, nullptr, nullptr);
    current_ = nullptr;
    become_cpu(before);
    if (stack.thrown) std::rethrow_exception(std::exchange(stack.thrown, nullptr));
}

void Cpus::park() {
    current_->idles = true;
    leave();
}

/// Back to whoever called run() or wake().
void Cpus::leave() {
    Stack& stack = *current_;
    __sanitizer_start_switch_fiber(&stack.sanitizer, outside_->bottom, outside_->length);
    swap(stack.context, outside_->context);
    __sanitizer_finish_switch_fiber(stack.sanitizer, &outside_->bottom, &outside_->length);
}

void Cpus::begin_current() {
    __sanitizer_finish_switch_fiber(nullptr, &the_cpus->outside_->bottom, &the_cpus->outside_->length);
    the_cpus->begin();
}

void Cpus::begin() {
    Stack& stack = *current_;
    for (;;) {
        try {
            std::exchange(stack.work, nullptr)();
        } catch (...) {
            stack.thrown = std::current_exception();
        }
        leave();
    }
}

} // namespace fake
