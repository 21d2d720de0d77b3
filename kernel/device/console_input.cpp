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
    std::array<char, 4096> characters{};
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
constinit CharacterHook takes_character = nullptr;
constinit InputHook input_hook = nullptr;
constinit bool is_paused =
    false; ///< The queue was full: the line is masked, and the device holds what comes.

/// Takes characters from the device while there is room; false when there is none left. Who looks for Ctrl-C
/// among them is to find it whether or not anybody reads the others: then what has no room is lost.
bool take_characters() {
    while (typed.has_room() || takes_character) {
        const auto character = hal::console_get();
        if (!character) return true;
        if (takes_character && takes_character(*character)) continue;
        if (typed.has_room()) typed.push(*character);
    }
    return false;
}

void on_receive(void*) {
    if (!take_characters()) {
        is_paused = true;
        hal::mask_interrupt(*console_line);
    }
    if (input_hook && typed.head != typed.tail) input_hook();
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

void set_console_hooks(CharacterHook takes, InputHook on_input) {
    takes_character = takes;
    input_hook = on_input;
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
