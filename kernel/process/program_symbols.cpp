// Looks through .symtab of an ELF file (System V ABI, figures 4-8, 4-15); every number in it is checked.
#include "kernel/process/program_symbols.h"

#include <algorithm>

#include "kernel/process/mangled_name.h"

namespace process {
namespace {

constexpr std::uint64_t section_table_at = 40, section_count_at = 60; // In the file's header
constexpr std::uint32_t type_symbols = 2;
constexpr std::uint8_t type_function = 2;
constexpr std::uint32_t most_sections = 256, most_symbols = 1 << 16;

struct SectionHeader {
    std::uint32_t name, type;
    std::uint64_t flags, address, offset, size;
    std::uint32_t link, info;
    std::uint64_t alignment, entry_size;
};

static_assert(sizeof(SectionHeader) == 64);

struct SymbolEntry {
    std::uint32_t name;
    std::uint8_t info, other;
    std::uint16_t section;
    std::uint64_t value, size;
};

static_assert(sizeof(SymbolEntry) == 24);

template <class T>
std::optional<T> read(const Image& image, std::uint64_t at) {
    T value;
    if (at > image.size || image.size - at < sizeof(T)) return {};
    if (!image.read(at, std::as_writable_bytes(std::span(&value, 1)))) return {};
    return value;
}

std::optional<SectionHeader> section(const Image& image, std::uint32_t index) {
    const auto table = read<std::uint64_t>(image, section_table_at);
    if (!table || *table > image.size || index >= most_sections) return {};
    return read<SectionHeader>(image, *table + index * sizeof(SectionHeader));
}

std::optional<SectionHeader> symbol_table(const Image& image) {
    const auto count = read<std::uint16_t>(image, section_count_at);
    for (std::uint32_t i = 0; count && i < std::min<std::uint32_t>(*count, most_sections); ++i)
        if (const auto header = section(image, i); header && header->type == type_symbols) return header;
    return {};
}

base::Text<64> name_of(const Image& image, const SectionHeader& table, const SymbolEntry& symbol) {
    base::Text<128> name;
    const auto strings = section(image, table.link);
    if (!strings || strings->offset > image.size) return {};
    for (std::uint64_t at = strings->offset + symbol.name; !name.truncated(); ++at) {
        const auto character = read<char>(image, at);
        if (!character || *character == 0) break;
        name.append({&*character, 1});
    }
    return readable_name(name);
}

} // namespace

std::optional<ProgramSymbol> find_program_symbol(const Image& image, VirtualAddress address) {
    const auto table = image.frames ? symbol_table(image) : std::nullopt;
    if (!table || table->offset > image.size) return {};
    const std::uint64_t count = std::min<std::uint64_t>(table->size / sizeof(SymbolEntry), most_symbols);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto symbol = read<SymbolEntry>(image, table->offset + i * sizeof(SymbolEntry));
        if (!symbol) return {};
        if ((symbol->info & 0xf) != type_function || address.value - symbol->value >= symbol->size) continue;
        return ProgramSymbol{name_of(image, *table, *symbol), address.value - symbol->value};
    }
    return {};
}

} // namespace process
