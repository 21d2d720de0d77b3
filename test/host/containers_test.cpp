// StaticVector, List, address arithmetic and time.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "kernel/base/address.h"
#include "kernel/base/list.h"
#include "kernel/base/static_vector.h"
#include "kernel/base/time.h"

TEST_CASE("static vector: holds up to its capacity") {
    base::StaticVector<int, 3> vector;
    CHECK(vector.empty());
    CHECK(vector.push_back(1));
    CHECK(vector.push_back(2));
    CHECK(vector.push_back(3));
    CHECK(vector.full());
    CHECK_FALSE(vector.push_back(4));
    CHECK(vector.size() == 3);
    CHECK(vector.back() == 3);
    CHECK(std::vector<int>(vector.begin(), vector.end()) == std::vector{1, 2, 3});
}

TEST_CASE("static vector: erasing keeps the order") {
    base::StaticVector<int, 4> vector;
    for (const int value : {1, 2, 3, 4}) vector.push_back(value);
    vector.erase(1);
    CHECK(std::vector<int>(vector.begin(), vector.end()) == std::vector{1, 3, 4});
    vector.erase(2);
    CHECK(vector.back() == 3);
    vector.erase(0);
    vector.erase(0);
    CHECK(vector.empty());
    CHECK(vector.push_back(5));
    vector.clear();
    CHECK(vector.empty());
}

namespace {

struct First;
struct Second;

struct Element : base::ListNode<First>, base::ListNode<Second> {
    explicit Element(int number) : number(number) {}

    int number;
};

template <class List>
std::vector<int> numbers(List& list) {
    std::vector<int> found;
    for (const Element& element : list) found.push_back(element.number);
    return found;
}

} // namespace

TEST_CASE("list: front, back and middle") {
    base::List<Element, First> list;
    Element one(1), two(2), three(3);
    CHECK(list.empty());
    CHECK(list.front() == nullptr);
    CHECK(list.pop_front() == nullptr);
    list.push_back(two);
    list.push_back(three);
    list.push_front(one);
    CHECK(numbers(list) == std::vector{1, 2, 3});
    static_cast<base::ListNode<First>&>(two).unlink();
    CHECK_FALSE(static_cast<base::ListNode<First>&>(two).is_linked());
    CHECK(numbers(list) == std::vector{1, 3});
    CHECK(list.pop_front() == &one);
    CHECK(list.pop_front() == &three);
    CHECK(list.empty());
    list.push_back(one);
    CHECK(list.front() == &one);
    list.pop_front();
}

TEST_CASE("list: one element stands in two lists") {
    base::List<Element, First> first;
    base::List<Element, Second> second;
    std::array<Element, 3> elements{Element(1), Element(2), Element(3)};
    for (Element& element : elements) {
        first.push_back(element);
        second.push_front(element);
    }
    CHECK(numbers(first) == std::vector{1, 2, 3});
    CHECK(numbers(second) == std::vector{3, 2, 1});
    static_cast<base::ListNode<First>&>(elements[1]).unlink();
    CHECK(numbers(first) == std::vector{1, 3});
    CHECK(numbers(second) == std::vector{3, 2, 1});
}

TEST_CASE("address: alignment and ranges") {
    using base::PhysicalAddress, base::PhysicalRange;
    CHECK(PhysicalAddress{0x1234}.aligned_down(0x1000) == PhysicalAddress{0x1000});
    CHECK(PhysicalAddress{0x1234}.aligned_up(0x1000) == PhysicalAddress{0x2000});
    CHECK(PhysicalAddress{0x2000}.aligned_up(0x1000) == PhysicalAddress{0x2000});
    const PhysicalRange range{{0x1000}, 0x1000};
    CHECK(range.contains(PhysicalAddress{0x1000}));
    CHECK(range.contains(PhysicalAddress{0x1fff}));
    CHECK_FALSE(range.contains(PhysicalAddress{0x2000}));
    CHECK_FALSE(range.contains(PhysicalAddress{0xfff}));
    CHECK(range.contains(PhysicalRange{{0x1800}, 0x800}));
    CHECK_FALSE(range.contains(PhysicalRange{{0x1800}, 0x801}));
    CHECK_FALSE(range.contains(PhysicalRange{{0x1800}, ~std::uint64_t{0}}));
    CHECK(range.overlaps({{0x1fff}, 1}));
    CHECK_FALSE(range.overlaps({{0x2000}, 1}));
    CHECK_FALSE(range.overlaps({{0x1800}, 0}));
}

TEST_CASE("time: ticks become nanoseconds without overflow") {
    const auto to_nanoseconds = base::TickScale::between(62'500'000, base::nanoseconds_per_second);
    CHECK(to_nanoseconds(62'500'000) == base::nanoseconds_per_second);
    CHECK(to_nanoseconds(62'500'000ull * 86'400 * 365) == base::nanoseconds_per_second * 86'400 * 365);
    CHECK(base::milliseconds(2) + base::microseconds(500) == base::Nanoseconds{2'500'000});
    CHECK(base::seconds(1) > base::milliseconds(999));
}
