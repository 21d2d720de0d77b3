// The line editor, as a terminal would show it: keys in, screen out.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "kernel/base/line_editor.h"
#include "test/host/seed.h"

namespace {

using base::LineEditor;

/// The current line of a terminal: enough of one to see what a person would.
struct Screen {
    std::string line;
    std::size_t column = 0;
    int bells = 0;

    void show(std::string_view text) {
        for (const char character : text) {
            if (character == '\a')
                ++bells;
            else if (character == '\b')
                column -= column > 0;
            else if (character == '\n')
                line.clear(), column = 0;
            else {
                if (column == line.size()) line.push_back(' ');
                line[column++] = character;
            }
        }
    }

    base::Sink sink() {
        return {[](void* self, std::string_view text) { static_cast<Screen*>(self)->show(text); }, this};
    }

    std::string visible() const { return line.substr(0, line.find_last_not_of(' ') + 1); }
};

struct Typist {
    LineEditor editor;
    Screen screen;
    LineEditor::Event last = LineEditor::Event::none;

    void type(std::string_view keys) {
        for (const char key : keys) last = editor.feed(key, screen.sink());
    }

    std::string enter(std::string_view keys) {
        type(keys);
        type("\r");
        const std::string line(editor.line());
        editor.restart();
        return line;
    }
};

} // namespace

TEST_CASE("line editor: what is typed is echoed and submitted") {
    Typist typist;
    typist.type("hello");
    CHECK(typist.screen.visible() == "hello");
    typist.type("\r");
    CHECK(typist.last == LineEditor::Event::submitted);
    CHECK(typist.editor.line() == "hello");
}

TEST_CASE("line editor: CR, LF and CR LF each end one line") {
    Typist typist;
    CHECK(typist.enter("a") == "a");
    typist.type("\n");
    CHECK(typist.last == LineEditor::Event::none);
    typist.type("b\n");
    CHECK(typist.last == LineEditor::Event::submitted);
    CHECK(typist.editor.line() == "b");
}

TEST_CASE("line editor: backspace, in both its codes, at the end and in the middle") {
    Typist typist;
    typist.type("abcd\b\x7f");
    CHECK(typist.screen.visible() == "ab");
    typist.type("xy\x1b[D\b");
    CHECK(typist.screen.visible() == "aby");
    CHECK(typist.enter("") == "aby");
    typist.type("\b\b\bz");
    CHECK(typist.screen.visible() == "z");
}

TEST_CASE("line editor: insertion at the cursor") {
    Typist typist;
    typist.type("ad\x1b[Dbc");
    CHECK(typist.screen.visible() == "abcd");
    typist.type("\x01>\x05<");
    CHECK(typist.enter("") == ">abcd<");
}

TEST_CASE("line editor: Ctrl-U clears, Ctrl-K cuts, Ctrl-C cancels") {
    Typist typist;
    typist.type("abc\x15");
    CHECK(typist.screen.visible().empty());
    typist.type("abc\x1b[D\x0b");
    CHECK(typist.screen.visible() == "ab");
    typist.type("\x03");
    CHECK(typist.last == LineEditor::Event::cancelled);
    typist.editor.restart();
    CHECK(typist.enter("new") == "new");
}

TEST_CASE("line editor: the arrows go through the history") {
    Typist typist;
    typist.enter("first");
    typist.enter("second");
    typist.enter("second");
    typist.enter("   ");
    typist.type("\x1b[A");
    CHECK(typist.screen.visible() == "second");
    typist.type("\x1b[A");
    CHECK(typist.screen.visible() == "first");
    typist.type("\x1b[A");
    CHECK(typist.screen.visible() == "first");
    typist.type("\x1b[B");
    CHECK(typist.screen.visible() == "second");
    typist.type("\x1b[B");
    CHECK(typist.screen.visible().empty());
    CHECK(typist.enter("\x1b[A\x1b[A!") == "first!");
}

TEST_CASE("line editor: a cancelled line is not remembered") {
    Typist typist;
    typist.enter("kept");
    typist.type("lost\x03");
    typist.editor.restart();
    typist.type("\x1b[A");
    CHECK(typist.screen.visible() == "kept");
}

TEST_CASE("line editor: more than a line holds rings and is refused as a whole") {
    Typist typist;
    typist.type(std::string(LineEditor::length_limit + 5, 'x'));
    CHECK(typist.screen.bells == 5);
    typist.type("\r");
    CHECK(typist.last == LineEditor::Event::too_long);
    typist.editor.restart();
    CHECK(typist.enter("ok") == "ok");
    typist.type("\x1b[A");
    CHECK(typist.screen.visible() == "ok");
}

TEST_CASE("line editor: control characters and unknown sequences are ignored") {
    Typist typist;
    CHECK(typist.enter(std::string("a\0\x02\x1b[3~b\x1bOc\xff", 11)) == "abc");
}

TEST_CASE("line editor: the screen always shows the line, whatever is typed") {
    std::mt19937 random(test::seed(7));
    const std::string_view keys[] = {"a",      "b",      " ",    "\b",   "\x1b[A", "\x1b[B",
                                     "\x1b[C", "\x1b[D", "\x01", "\x05", "\x0b"};
    Typist typist;
    for (int step = 0; step < 50'000; ++step) {
        if (random() % 30 == 0)
            typist.enter("");
        else
            typist.type(keys[random() % std::size(keys)]);
        std::string line(typist.editor.line());
        line.resize(line.find_last_not_of(' ') + 1);
        REQUIRE(typist.screen.visible() == line);
    }
}
