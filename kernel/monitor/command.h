// What a command of the monitor is, and how its words are read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hal/boot.h"

namespace monitor {

/// The words behind a command's name, separated by spaces.
class Arguments {
public:
    explicit Arguments(std::string_view text) : rest_(text) {}

    /// Takes the next word; empty when there is none.
    std::string_view word();
    /// Takes the next word as a decimal number; nothing, when it is missing or is not one.
    std::optional<std::uint64_t> number();

    /// All that is left, from its first word on.
    std::string_view rest() const;

    bool empty() const { return rest_.find_first_not_of(' ') == std::string_view::npos; }

private:
    std::string_view rest_;
};

/// What a command may look at.
struct Context {
    const hal::BootInfo& boot_info;
    base::Sink out;
};

struct Command {
    std::string_view name;
    std::string_view usage; ///< Its arguments, as `help` shows them.
    std::string_view help;  ///< One line.
    void (*run)(const Context& context, Arguments arguments);
};

/// All commands, in the order in which `help` lists them.
std::span<const Command> commands();

} // namespace monitor
