// The console's receive interrupt moves characters into a queue, from which the monitor takes them.
#include "kernel/device/console_input.h"

#include <array>

#include "hal/console.h"
#include "kernel/base/log.h"
#include "kernel/device/interrupts.h"

namespace device {
namespace {

/// Indices run on and wrap with their type; their difference is the fill.
struct Queue {
    std::array<char, 256> characters{};
    std::uint32_t head = 0;
    std::uint32_t tail = 0;

    bool has_room() const { return tail - head < characters.size(); }

    void push(char character) { characters[tail++ % characters.size()] = character; }

    std::optional<char> pop() {
        if (head == tail) return {};
        return characters[head++ % characters.size()];
    }
};

constinit Queue typed;
constinit std::optional<hal::InterruptLine> console_line;
constinit bool is_paused =
    false; ///< The queue was full: the line is masked, and the device holds what comes.

void on_receive(void*) {
    while (typed.has_room()) {
        const auto character = hal::console_get();
        if (!character) return;
        typed.push(*character);
    }
    is_paused = true;
    hal::mask_interrupt(*console_line);
}

/// There is room again. What the device holds announced itself while nobody listened: it is taken before the
/// line is opened.
void resume() {
    is_paused = false;
    on_receive(nullptr);
    if (!is_paused) static_cast<void>(hal::unmask_interrupt(*console_line));
}

} // namespace

void console_input_initialize(const hal::BootInfo& boot_info) {
    console_line = hal::console_initialize(boot_info);
    if (!console_line) {
        base::log("console: none with an interrupt was discovered, so that nothing can be typed");
        return;
    }
    const auto attached = attach(*console_line, "console", on_receive, nullptr);
    if (!attached) base::log("console: interrupt line {}: {}", console_line->number, attached.error());
    on_receive(nullptr); // What was typed before the line was open announced itself to nobody.
}

std::optional<char> read_character() {
    if (is_paused) resume();
    return typed.pop();
}

bool was_interrupted() {
    constexpr char control_c = 3;
    for (std::uint32_t i = typed.head; i != typed.tail; ++i)
        if (typed.characters[i % typed.characters.size()] == control_c) {
            typed.head = i + 1;
            return true;
        }
    return false;
}

} // namespace device
