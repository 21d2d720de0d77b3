// Addresses as text, and in packets.
#include "net/address.h"

namespace net {
namespace {

/// Takes a decimal number of at most `limit` from the front of `text`.
std::optional<std::uint8_t> take_number(std::string_view& text, unsigned limit) {
    unsigned number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && number <= limit)
        number = number * 10 + static_cast<unsigned>(text[digits++] - '0');
    if (digits == 0 || number > limit) return {};
    text.remove_prefix(digits);
    return static_cast<std::uint8_t>(number);
}

} // namespace

MacAddress read_mac(Bytes bytes, std::size_t offset) {
    MacAddress mac;
    for (std::size_t i = 0; i < mac.size(); ++i) mac[i] = read8(bytes, offset + i);
    return mac;
}

void write_mac(MutableBytes bytes, std::size_t offset, const MacAddress& mac) {
    for (std::size_t i = 0; i < mac.size(); ++i) write8(bytes, offset + i, mac[i]);
}

base::Text<17> to_text(const MacAddress& mac) {
    return base::Text<17>::of("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3],
                              mac[4], mac[5]);
}

base::Text<15> to_text(Ipv4Address address) {
    return base::Text<15>::of("{}.{}.{}.{}", address.value >> 24, address.value >> 16 & 0xff,
                              address.value >> 8 & 0xff, address.value & 0xff);
}

std::optional<Ipv4Address> parse_address(std::string_view text) {
    Ipv4Address address;
    for (int i = 0; i < 4; ++i) {
        if (i > 0) {
            if (!text.starts_with('.')) return {};
            text.remove_prefix(1);
        }
        const auto number = take_number(text, 255);
        if (!number) return {};
        address.value = address.value << 8 | *number;
    }
    if (!text.empty()) return {};
    return address;
}

std::optional<Ipv4Configuration> parse_configuration(std::string_view address, std::string_view gateway) {
    const std::size_t slash = address.find('/');
    if (slash == std::string_view::npos) return {};
    std::string_view behind_slash = address.substr(slash + 1);
    const auto host = parse_address(address.substr(0, slash));
    const auto prefix = take_number(behind_slash, 32);
    const auto router = gateway.empty() ? Ipv4Address{} : parse_address(gateway);
    if (!host || !prefix || *prefix == 0 || !behind_slash.empty() || !router) return {};
    const Ipv4Configuration configuration{*host, *prefix, *router};
    if (!configuration.has_room_for(*host)) return {};
    if (router->is_set() && !configuration.is_neighbour(*router)) return {};
    return configuration;
}

} // namespace net
