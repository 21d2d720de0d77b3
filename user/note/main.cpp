// Works with the board, as one client: note [pin NAME TEXT | read NAME | wait NAME | remove NAME]...
#include <array>

#include "user/lib/board.h"
#include "user/lib/names.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

bool tell(std::string_view verb, std::string_view name, const Result<void>& done) {
    if (!done) print_error("note: {} {}: {}\n", verb, name, done.error());
    return done.has_value();
}

bool show(Handle board, std::string_view verb, BoardRequest request, std::string_view name) {
    std::array<char, longest_note> room;
    const auto text = ask_for_note(board, request, name, room);
    if (text) print("{}: {}\n", name, *text);
    if (!text) print_error("note: {} {}: {}\n", verb, name, text.error());
    return text.has_value();
}

/// How many words the first request takes; 0: it is none.
std::size_t words_of(Arguments words) {
    const std::size_t count = words[0] == "pin" ? 3 : 2;
    const bool is_known =
        words[0] == "pin" || words[0] == "read" || words[0] == "wait" || words[0] == "remove";
    return is_known && words.size() >= count ? count : 0;
}

bool do_it(Handle board, Arguments words) {
    if (words[0] == "pin") return tell("pin", words[1], pin_note(board, words[1], words[2]));
    if (words[0] == "remove") return tell("remove", words[1], remove_note(board, words[1]));
    return show(board, words[0], words[0] == "read" ? BoardRequest::read : BoardRequest::wait, words[1]);
}

} // namespace

int main(Arguments arguments) {
    const auto board = look_up("board");
    if (!board) {
        print_error("note: there is no board: {}\n", board.error());
        return 1;
    }
    bool all = true;
    Arguments left = arguments.subspan(1);
    do {
        const std::size_t count = left.empty() ? 0 : words_of(left);
        if (count == 0) {
            print_error("usage: note [pin NAME TEXT | read NAME | wait NAME | remove NAME]...\n");
            return 2;
        }
        all = do_it(board->get(), left.first(count)) && all;
        left = left.subspan(count);
    } while (!left.empty());
    return all ? 0 : 1;
}
