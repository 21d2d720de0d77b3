// Names of C++ functions, as the compiler gives them and as people read them.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "kernel/process/mangled_name.h"
#include "test/host/seed.h"

using process::readable_name;

TEST_CASE("mangled names: the qualified name is what is left") {
    CHECK(readable_name("_Z3runmm").view() == "run");
    CHECK(readable_name("_ZN6stress7operateERN4base12PseudoRandomE").view() == "stress::operate");
    CHECK(readable_name("_ZN6stress12_GLOBAL__N_113map_and_unmapERN4base12PseudoRandomE").view() ==
          "stress::(anonymous)::map_and_unmap");
    CHECK(readable_name("_ZNK7trivium4Heap4sizeEv").view() == "trivium::Heap::size");
    CHECK(readable_name("_ZN4base6VectorIiLm4EE4pushEi").view() == "base::Vector");
}

TEST_CASE("mangled names: what is none stays as it is") {
    for (const char* name :
         {"main", "", "_", "_Z", "_ZN", "_ZdlPv", "_Z9short", "_ZN0x", "_Z99999999999999999999a"})
        CHECK(readable_name(name).view() == name);
}

TEST_CASE("mangled names: any text is read to its end and no further") {
    std::mt19937 random(test::seed(11));
    for (int round = 0; round < 20'000; ++round) {
        std::string text = "_Z";
        for (std::size_t i = random() % 40; i > 0; --i) text += "N0129_GEKv"[random() % 10];
        CHECK(readable_name(text).view().size() <= 64);
    }
}
