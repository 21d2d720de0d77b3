// Replays a CommitLog on the host: replay-log FILE, of bytes as they are, or of lines of hexadecimal digits
// as the monitor prints them. Tells the digest that State comes to, and how much is in it.
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "kernel/axiom/commit_log.h"
#include "tools/print.h"

namespace {

std::optional<std::string> read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(file), {}};
}

/// Only hexadecimal digits and white space: a log's own bytes are never that, as a length comes first.
bool is_hexadecimal(const std::string& text) {
    for (const unsigned char character : text)
        if (!std::isxdigit(character) && !std::isspace(character)) return false;
    return true;
}

std::string from_hexadecimal(const std::string& text) {
    std::string bytes, digits;
    for (const unsigned char character : text) {
        if (std::isspace(character)) continue;
        digits += static_cast<char>(character);
        if (digits.size() < 2) continue;
        bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
        digits.clear();
    }
    return bytes;
}

/// In words, since records are aligned to them.
std::vector<std::uint64_t> aligned(const std::string& bytes) {
    std::vector<std::uint64_t> words((bytes.size() + 7) / 8);
    if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
}

void print_state(const axiom::State& state) {
    print("digest {:#018x}\nepoch {}\nprocesses {}\nobjects {}\ncapabilities {}\n", state.digest(),
          state.epoch(), state.process_count(), state.object_count(), state.capability_count());
    for (auto* process = state.next_process({}); process; process = state.next_process(process->id))
        print("process {} parent {} {} slots {} name {}\n", process->id.value, process->parent.value,
              abi::name(process->ending), process->slots_in_use, process->name);
}

/// False, with the reason, when the log does not replay to its end.
bool replay(const std::string& bytes) {
    const auto words = aligned(bytes);
    const auto log = std::as_bytes(std::span(words)).first(bytes.size());
    const auto capacity = axiom::capacity_of(log);
    if (!capacity) {
        print("no log: its first record is {}\n", capacity.error());
        return false;
    }
    std::vector<std::uint64_t> arena(axiom::State::arena_size(*capacity) / 8 + 2);
    axiom::State state(std::as_writable_bytes(std::span(arena)), *capacity);
    std::uint64_t applied = 0;
    const auto replayed = axiom::replay(state, log, applied);
    print("commits {}\n", applied);
    print_state(state);
    if (replayed) return true;
    print("the record behind commit {} is {}\n", applied, replayed.error());
    return false;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        print("replay-log FILE\n");
        return 2;
    }
    const auto text = read(arguments[1]);
    if (!text) {
        print("{}: cannot be read\n", arguments[1]);
        return 2;
    }
    return replay(is_hexadecimal(*text) ? from_hexadecimal(*text) : *text) ? 0 : 1;
}
