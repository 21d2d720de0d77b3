// The log's ring of lines.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "kernel/trace/log_buffer.h"
#include "test/host/seed.h"

namespace {

template <std::size_t Capacity>
std::string contents(const trace::LogBuffer<Capacity>& buffer) {
    std::string text;
    buffer.for_each([&](char character) { text.push_back(character); });
    return text;
}

} // namespace

TEST_CASE("log buffer: lines come back in order") {
    trace::LogBuffer<32> buffer;
    buffer.append("one");
    buffer.append("two");
    CHECK(contents(buffer) == "one\ntwo\n");
    CHECK(buffer.dropped() == 0);
}

TEST_CASE("log buffer: whole old lines make room for new ones") {
    trace::LogBuffer<8> buffer;
    buffer.append("abc");
    buffer.append("de");
    buffer.append("f");
    CHECK(contents(buffer) == "de\nf\n");
    CHECK(buffer.dropped() == 1);
}

TEST_CASE("log buffer: a line longer than the buffer is cut") {
    trace::LogBuffer<8> buffer;
    buffer.append("x");
    buffer.append("0123456789");
    CHECK(contents(buffer) == "0123456\n");
}

TEST_CASE("log buffer: what it holds is always the end of what was written") {
    std::mt19937 random(test::seed(3));
    trace::LogBuffer<64> buffer;
    std::string all;
    for (int step = 0; step < 10'000; ++step) {
        const std::string line(random() % 20, static_cast<char>('a' + step % 26));
        buffer.append(line);
        all += line + "\n";
        const std::string held = contents(buffer);
        REQUIRE(held.size() <= 64);
        REQUIRE(all.ends_with(held));
        REQUIRE((all.size() == held.size() || all[all.size() - held.size() - 1] == '\n'));
    }
}
