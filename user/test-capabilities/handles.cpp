// One table: what is copied, deleted, minted and moved in it, and what its handles name.
#include <array>

#include "user/test-capabilities/tests.h"

namespace test {

using abi::ObjectType;

namespace {

/// Memory with a word in it, and a null object to tell from it.
struct Things {
    explicit Things(Checks& checks) : memory(Memory::create(page_size)) {
        ok = checks.succeeds(memory, "create memory") &&
             checks.succeeds(call::write(memory->handle(), "word"), "write a word into it");
    }

    Handle handle() const { return memory->handle(); }

    Result<Memory> memory;
    bool ok = false;
};

bool is(Handle handle, ObjectType type, Rights rights) {
    const auto identity = call::identify(handle);
    return identity && identity->type == type && identity->rights == rights && identity->badge == 0;
}

bool shows(Handle memory, std::string_view text) {
    std::array<char, 16> bytes{};
    const auto read = call::read(memory, std::as_writable_bytes(std::span(bytes).first(text.size())));
    return read && std::string_view(bytes.data(), *read) == text;
}

} // namespace

void copy(Checks& checks) {
    const Things things(checks);
    if (!things.ok) return;
    const auto copied = call::derive(things.handle(), right::all);
    if (!checks.succeeds(copied, "derive with all rights")) return;
    checks.check(*copied != things.handle(), "it has a handle of its own");
    checks.check(is(*copied, ObjectType::memory, right::all), "it is the same, with the same rights");
    checks.check(shows(*copied, "word"), "it stands for the same memory");
    checks.succeeds(call::write(*copied, "text"), "write through the copy");
    checks.check(shows(things.handle(), "text"), "the original shows it");
    checks.succeeds(call::close(abi::standard_input), "free a standard slot");
    const auto placed = call::derive(things.handle(), right::read, 0, abi::standard_input.slot);
    checks.check(placed && placed->slot == abi::standard_input.slot, "derive into it by its number");
    names_nothing(checks, abi::standard_input, "the handle that was there before");
}

void remove(Checks& checks) {
    const Things things(checks);
    if (!things.ok) return;
    const auto copied = call::derive(things.handle(), right::all);
    if (!checks.succeeds(copied, "derive")) return;
    checks.succeeds(call::close(*copied), "delete the copy");
    names_nothing(checks, *copied, "a deleted handle");
    checks.fails(call::close(*copied), Error::bad_handle, "delete it again");
    checks.check(shows(things.handle(), "word"), "the original stands for what it did");
    const auto next = call::derive(things.handle(), right::all);
    checks.check(next && next->slot == copied->slot && *next != *copied,
                 "the slot is filled again under another handle");
    checks.fails(call::close(abi::self_process), Error::not_permitted, "delete the own process");
}

void mint(Checks& checks) {
    const Things things(checks);
    if (!things.ok) return;
    const auto less = call::derive(things.handle(), read_write);
    if (!checks.succeeds(less, "derive to read and write")) return;
    checks.check(is(*less, ObjectType::memory, read_write), "it has these rights alone");
    const auto least = call::derive(*less, right::read);
    if (!checks.succeeds(least, "derive from it to read")) return;
    checks.check(shows(*least, "word"), "read through it");
    checks.fails(call::write(*least, "text"), Error::not_permitted, "write through it");
    checks.fails(call::derive(*least, read_write), Error::not_permitted, "derive more from it");
    checks.fails(call::derive(*less, right::all), Error::not_permitted, "derive all from less");
    checks.fails(call::derive(things.handle(), {0x80}), Error::not_permitted,
                 "derive a right that there is not");
    checks.succeeds(call::derive(*least, {}), "derive without any right");
    checks.fails(call::destroy(*less), Error::not_permitted, "destroy without the right to");
    checks.check(is(things.handle(), ObjectType::memory, right::all), "the original has all rights still");
}

void badge(Checks& checks) {
    const auto endpoint = call::create(ObjectType::endpoint, 0);
    if (!checks.succeeds(endpoint, "create an endpoint")) return;
    const auto minted = call::derive(*endpoint, right::all, 0xbad9e);
    if (!checks.succeeds(minted, "derive with a badge")) return;
    const auto identity = call::identify(*minted);
    checks.check(identity && identity->badge == 0xbad9e, "it has the badge");
    const auto inherited = call::derive(*minted, right::write);
    const auto heir = inherited ? call::identify(*inherited) : std::unexpected(inherited.error());
    checks.check(heir && heir->badge == 0xbad9e, "what derives from it has the same");
    checks.fails(call::derive(*minted, right::write, 7), Error::not_permitted, "set it again");
    checks.fails(call::derive(*minted, right::write, 0xbad9e), Error::not_permitted, "set the same again");
    const auto original = call::identify(*endpoint);
    checks.check(original && original->badge == 0, "the original has none still");
    const Things things(checks);
    checks.fails(call::derive(things.handle(), right::read, 7), Error::invalid_argument,
                 "give memory a badge");
}

void move(Checks& checks) {
    const Things things(checks);
    if (!things.ok) return;
    const auto source = call::derive(things.handle(), right::all);
    const auto child = source ? call::derive(*source, right::read) : source;
    if (!checks.succeeds(child, "derive, and derive from that")) return;
    const auto moved = call::move(*source);
    if (!checks.succeeds(moved, "move")) return;
    names_nothing(checks, *source, "the handle from before");
    checks.check(is(*moved, ObjectType::memory, right::all) && shows(*moved, "word"), "it is the same");
    checks.succeeds(call::close(abi::standard_input), "free a standard slot");
    const auto placed = call::move(*moved, abi::standard_input.slot);
    checks.check(placed && placed->slot == abi::standard_input.slot, "move into it by its number");
    checks.check(shows(*child, "word"), "what was derived before is there");
    if (placed) checks.succeeds(call::revoke(*placed), "revoke after the moves");
    names_nothing(checks, *child, "what was derived before");
    checks.fails(call::move(abi::self_process), Error::not_permitted, "move the own process");
}

void occupied(Checks& checks) {
    const Things things(checks);
    const auto null = call::create(ObjectType::null, 0);
    if (!things.ok || !checks.succeeds(null, "create a null object")) return;
    checks.fails(call::derive(things.handle(), right::all, 0, null->slot), Error::occupied,
                 "derive into an occupied slot");
    checks.fails(call::move(things.handle(), null->slot), Error::occupied, "move into an occupied slot");
    checks.fails(call::move(things.handle(), things.handle().slot), Error::occupied, "move to the own slot");
    checks.fails(call::move(things.handle(), abi::self_process.slot), Error::occupied,
                 "move over the own process");
    checks.check(is(*null, ObjectType::null, right::all), "who was there is there");
    checks.check(shows(things.handle(), "word"), "who wanted to go there is where it was");
}

/// Each slot of the table and behind it, with generations that are next to what may be right.
void lookup(Checks& checks) {
    const Things things(checks);
    if (!things.ok) return;
    std::size_t found = 0, wrong = 0;
    for (std::uint32_t slot = 0; slot < 2048; ++slot)
        for (const std::uint32_t generation : {0u, 1u, 2u, 0x8000'0000u, 0xffff'ffffu}) {
            const auto identity = call::identify({slot, generation});
            found += identity.has_value();
            wrong += !identity && identity.error() != Error::bad_handle;
            wrong += identity && (generation == 0 || generation > 2);
        }
    checks.check(found >= abi::standard_handles + 1, "what there is is found");
    checks.check(wrong == 0, "what there is not is a bad handle, in every slot");
    const Handle handle = things.handle();
    for (const Handle nonsense :
         {Handle{}, Handle{handle.slot, handle.generation + 1}, Handle{handle.slot, 0},
          Handle{0xffff'ffff, 1}, Handle{0xffff'fff0, 0xffff'ffff}}) {
        checks.fails(call::derive(nonsense, {}), Error::bad_handle, "derive from nonsense");
        checks.fails(call::move(nonsense), Error::bad_handle, "move nonsense");
        checks.fails(call::revoke(nonsense), Error::bad_handle, "revoke nonsense");
        checks.fails(call::close(nonsense), Error::bad_handle, "close nonsense");
    }
    checks.fails(call::derive(handle, {}, 0, 5000), Error::limit_reached, "derive behind the table's end");
    checks.check(shows(handle, "word"), "the one that there is has been left alone");
}

} // namespace test
