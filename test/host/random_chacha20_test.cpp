// ChaCha20 against the test vectors of RFC 8439.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/random/chacha20.h"

namespace {

using namespace randomness;

unsigned digit(char character) {
    return static_cast<unsigned>(character <= '9' ? character - '0' : character - 'a' + 10);
}

/// Bytes written as hexadecimal digits; spaces are for the eye.
std::vector<std::byte> bytes(std::string_view digits) {
    std::string packed(digits);
    std::erase(packed, ' ');
    std::vector<std::byte> result;
    for (std::size_t i = 0; i < packed.size(); i += 2)
        result.push_back(static_cast<std::byte>(digit(packed[i]) << 4 | digit(packed[i + 1])));
    return result;
}

template <class Array>
Array filled(std::string_view digits) {
    const auto source = bytes(digits);
    Array result{};
    REQUIRE(source.size() == result.size());
    std::ranges::copy(source, result.begin());
    return result;
}

std::vector<std::byte> block(std::string_view key, std::uint32_t counter, std::string_view nonce) {
    Block keystream;
    chacha20_block(filled<Key>(key), counter, filled<Nonce>(nonce), keystream);
    return {keystream.begin(), keystream.end()};
}

constexpr std::string_view counting_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view zero_key = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr std::string_view zero_nonce = "000000000000000000000000";

} // namespace

TEST_CASE("random: the quarter round of RFC 8439, 2.1.1 and 2.2.1") {
    ChaCha20State state{};
    state[0] = 0x11111111, state[1] = 0x01020304, state[2] = 0x9b8d6f43, state[3] = 0x01234567;
    quarter_round(state, 0, 1, 2, 3);
    CHECK(state[0] == 0xea2a92f4);
    CHECK(state[1] == 0xcb1cf8ce);
    CHECK(state[2] == 0x4581472e);
    CHECK(state[3] == 0x5881c4bb);

    state = {0x879531e0, 0xc5ecf37d, 0x516461b1, 0xc9a62f8a, 0x44c20ef3, 0x3390af7f, 0xd9fc690b, 0x2a5f714c,
             0x53372767, 0xb00a5631, 0x974c541a, 0x359e9963, 0x5c971061, 0x3d631689, 0x2098d9d6, 0x91dbd320};
    ChaCha20State expected = state;
    expected[2] = 0xbdb886dc, expected[7] = 0xcfacafd2, expected[8] = 0xe46bea80, expected[13] = 0xccc07c79;
    quarter_round(state, 2, 7, 8, 13);
    CHECK(state == expected);
}

TEST_CASE("random: the block function of RFC 8439, 2.3.2") {
    CHECK(block(counting_key, 1, "000000090000004a00000000") ==
          bytes("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
                "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"));
}

TEST_CASE("random: the encryption of RFC 8439, 2.4.2") {
    const std::string_view text =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip "
        "for the future, sunscreen would be it.";
    const std::vector<std::byte> blocks[] = {block(counting_key, 1, "000000000000004a00000000"),
                                             block(counting_key, 2, "000000000000004a00000000")};
    std::vector<std::byte> encrypted;
    for (std::size_t i = 0; i < text.size(); ++i)
        encrypted.push_back(static_cast<std::byte>(text[i]) ^ blocks[i / 64][i % 64]);
    CHECK(encrypted == bytes("6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
                             "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
                             "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
                             "5af90bbf74a35be6b40b8eedf2785e42874d"));
}

TEST_CASE("random: the block function of RFC 8439, A.1") {
    CHECK(block(zero_key, 0, zero_nonce) ==
          bytes("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
                "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"));
    CHECK(block(zero_key, 1, zero_nonce) ==
          bytes("9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
                "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"));
    CHECK(block("0000000000000000000000000000000000000000000000000000000000000001", 1, zero_nonce) ==
          bytes("3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
                "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"));
    CHECK(block("00ff000000000000000000000000000000000000000000000000000000000000", 2, zero_nonce) ==
          bytes("72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
                "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"));
    CHECK(block(zero_key, 0, "000000000000000000000002") ==
          bytes("c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
                "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"));
}
