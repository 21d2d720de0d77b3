// The fixed fields of BOOTP, and the options behind them.
#include "net/dhcp_message.h"

#include <bit>
#include <initializer_list>

namespace net {
namespace {

constexpr std::uint8_t boot_request = 1;
constexpr std::uint8_t boot_reply = 2;
constexpr std::uint8_t hardware_ethernet = 1;
constexpr std::uint16_t broadcast_flag = 0x8000;
constexpr std::uint32_t magic_cookie = 0x6382'5363;

constexpr std::size_t operation_offset = 0;
constexpr std::size_t hardware_offset = 1;
constexpr std::size_t hardware_length_offset = 2;
constexpr std::size_t transaction_offset = 4;
constexpr std::size_t flags_offset = 10;
constexpr std::size_t client_address_offset = 12;
constexpr std::size_t your_address_offset = 16;
constexpr std::size_t client_mac_offset = 28;
constexpr std::size_t cookie_offset = 236;
constexpr std::size_t options_offset = 240;

namespace option {
constexpr std::uint8_t pad = 0;
constexpr std::uint8_t subnet_mask = 1;
constexpr std::uint8_t router = 3;
constexpr std::uint8_t requested_address = 50;
constexpr std::uint8_t lease_time = 51;
constexpr std::uint8_t message_type = 53;
constexpr std::uint8_t server = 54;
constexpr std::uint8_t parameters = 55;
constexpr std::uint8_t end = 255;
} // namespace option

/// Appends options: a kind, a length, and a value.
class OptionWriter {
public:
    explicit OptionWriter(MutableBytes to) : to_(to) {}

    void add(std::uint8_t kind, std::initializer_list<std::uint8_t> value) {
        put(kind);
        put(static_cast<std::uint8_t>(value.size()));
        for (const std::uint8_t byte : value) put(byte);
    }

    /// Leaves out what is not set.
    void add(std::uint8_t kind, Ipv4Address address) {
        if (!address.is_set()) return;
        put(kind);
        put(sizeof address.value);
        write32(to_, position_, address.value);
        position_ += sizeof address.value;
    }

    void end() { put(option::end); }

private:
    void put(std::uint8_t byte) { write8(to_, position_++, byte); }

    MutableBytes to_;
    std::size_t position_ = 0;
};

std::uint8_t prefix_of(std::uint32_t mask) { return static_cast<std::uint8_t>(std::countl_one(mask)); }

/// Whether all ones come before all zeros.
bool is_mask(std::uint32_t mask) { return (~mask & (~mask + 1)) == 0; }

/// Notes one option that matters; false when its value cannot be.
bool take_option(std::uint8_t kind, Bytes value, DhcpAnswer& answer) {
    const auto number = [&] { return value.size() >= 4 ? read32(value, 0) : 0; };
    switch (kind) {
    case option::message_type:
        if (value.size() != 1) return false;
        answer.type = static_cast<DhcpType>(read8(value, 0));
        return true;
    case option::subnet_mask:
        answer.configuration.prefix = prefix_of(number());
        return value.size() == 4 && is_mask(number());
    case option::router: // A list; the first is the one to be preferred.
        answer.configuration.gateway = {number()};
        return value.size() >= 4 && value.size() % 4 == 0;
    case option::lease_time: answer.lease_seconds = number(); return value.size() == 4;
    case option::server: answer.server = {number()}; return value.size() == 4;
    default: return true;
    }
}

bool take_options(Bytes options, DhcpAnswer& answer) {
    for (std::size_t i = 0; i < options.size();) {
        const std::uint8_t kind = read8(options, i++);
        if (kind == option::end) return true;
        if (kind == option::pad) continue;
        if (i == options.size()) return false;
        const std::size_t length = read8(options, i++);
        if (length > options.size() - i || !take_option(kind, options.subspan(i, length), answer))
            return false;
        i += length;
    }
    return false; // No end.
}

/// Whether a host can live with what it is given.
bool is_usable(const DhcpAnswer& answer) {
    if (!answer.server.is_host()) return false;
    if (answer.type == DhcpType::refuse) return true;
    if (answer.type != DhcpType::offer && answer.type != DhcpType::acknowledge) return false;
    const Ipv4Configuration& given = answer.configuration;
    return given.prefix > 0 && given.has_room_for(given.address) && answer.lease_seconds > 0;
}

} // namespace

void write_dhcp(MutableBytes to, const DhcpQuestion& question) {
    clear(to.first(DhcpQuestion::size));
    write8(to, operation_offset, boot_request);
    write8(to, hardware_offset, hardware_ethernet);
    write8(to, hardware_length_offset, sizeof(MacAddress));
    write32(to, transaction_offset, question.transaction);
    write16(to, flags_offset, question.to_all ? broadcast_flag : 0);
    write32(to, client_address_offset, question.current.value);
    write_mac(to, client_mac_offset, question.mac);
    write32(to, cookie_offset, magic_cookie);
    OptionWriter options(to.subspan(options_offset));
    options.add(option::message_type, {static_cast<std::uint8_t>(question.type)});
    options.add(option::requested_address, question.requested);
    options.add(option::server, question.server);
    options.add(option::parameters, {option::subnet_mask, option::router, option::lease_time});
    options.end();
}

std::optional<DhcpAnswer> read_dhcp(Bytes message, const MacAddress& mac) {
    if (message.size() < options_offset || read8(message, operation_offset) != boot_reply ||
        read8(message, hardware_offset) != hardware_ethernet ||
        read8(message, hardware_length_offset) != sizeof(MacAddress) ||
        read_mac(message, client_mac_offset) != mac || read32(message, cookie_offset) != magic_cookie)
        return {};
    DhcpAnswer answer;
    answer.type = {}; // Its option must come.
    answer.transaction = read32(message, transaction_offset);
    answer.configuration.address = {read32(message, your_address_offset)};
    if (!take_options(message.subspan(options_offset), answer) || !is_usable(answer)) return {};
    Ipv4Configuration& given = answer.configuration;
    if (!given.is_neighbour(given.gateway)) given.gateway = {}; // One beyond reach is as good as none.
    return answer;
}

} // namespace net
