// Several processes: what one revokes, others have no more. They meet at a board, a page that all have
// mapped.
#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

#include "user/lib/grants.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"
#include "user/test-capabilities/tests.h"

namespace test {

namespace {

std::uint64_t deadline() { return (now() + seconds(60)).value; }

struct Board {
    std::atomic<std::uint32_t> ready; ///< How many hold what they shall.
    std::atomic<std::uint32_t> derived;
    std::atomic<std::uint32_t> revoked; ///< Set once all that was derived should be gone.
};

/// Waits for a condition, as there is nobody who would tell; false when it takes too long.
template <class Condition>
bool eventually(Condition condition) {
    for (const std::uint64_t limit = deadline(); now().value < limit; sleep_for(milliseconds(1)))
        if (condition()) return true;
    return false;
}

/// The board, and memory that is handed around.
struct Stage {
    Stage() : board(Memory::create(page_size)), thing(Memory::create(page_size)) {
        if (board && thing) window = board->map(read_write);
    }

    bool good() const { return window.has_value(); }

    Board& written() const { return *reinterpret_cast<Board*>(window->address()); }

    Result<Memory> board, thing;
    Result<Mapping> window = std::unexpected(Error::out_of_memory);
};

/// Starts a copy of this program, with the board and a capability for the thing.
Result<Process> start(std::string_view role, Handle board, Handle thing, std::uint32_t handles = 0) {
    const auto usual = GrantList::usual();
    std::array<abi::Grant, GrantList::limit + 2> grants{};
    auto* const last = std::ranges::copy(usual.view(), grants.begin()).out;
    last[0] = grant("board", board, read_write | right::grant);
    last[1] = grant("thing", thing, right::all);
    const std::string_view arguments[] = {"test-capabilities", role};
    return Process::spawn("test-capabilities", {.arguments = arguments,
                                                .grants = std::span(grants).first(usual.view().size() + 2),
                                                .handle_limit = handles});
}

bool exits_well(const Process& process) {
    const auto end = process.wait(deadline());
    return end && end->ending == abi::Ending::exited && end->code == 0;
}

/// What a helper has of the board and the thing.
struct Helper {
    Helper() : board(open("board")), thing(open("thing")) {
        if (board) window = Mapping::create(page_size, read_write, board->get());
    }

    bool good() const { return window && thing; }

    Board& written() const { return *reinterpret_cast<Board*>(window->address()); }

    Result<Owned> board, thing;
    Result<Mapping> window = std::unexpected(Error::not_found);
};

bool is_gone(Handle handle) {
    const auto identity = call::identify(handle);
    return !identity && identity.error() == Error::bad_handle;
}

} // namespace

/// Derives as many as the table takes, once it has handed the thing on, if it should; and looks whether they
/// are gone when they should be.
int hold(bool hands_on) {
    const Helper helper;
    if (!helper.good()) return 2;
    Board& board = helper.written();
    std::array<Handle, 1024> handles;
    std::size_t count = 0;
    const auto child = hands_on ? start("hold", helper.board->get(), helper.thing->get())
                                : std::unexpected(Error::not_found);
    if (hands_on && !child) return 3;
    Result<Handle> derived = helper.thing->get();
    while (count < handles.size() && (derived = call::derive(helper.thing->get(), right::read)))
        handles[count++] = *derived;
    if (derived || derived.error() != Error::limit_reached) return 4;
    board.derived.fetch_add(static_cast<std::uint32_t>(count));
    board.ready.fetch_add(1);
    if (!eventually([&] { return board.revoked.load() != 0; })) return 5;
    if (!is_gone(helper.thing->get()) || open("thing").has_value()) return 6;
    if (!std::ranges::all_of(std::span(handles).first(count), is_gone)) return 7;
    if (is_gone(helper.board->get()) || is_gone(abi::self_process)) return 8;
    return !hands_on || exits_well(*child) ? 0 : 9;
}

void revoke(Checks& checks) {
    const Stage stage;
    if (!checks.check(stage.good(), "memory for all")) return;
    const auto root = call::derive(stage.thing->handle(), right::all);
    const auto mine = root ? call::derive(*root, right::read) : root;
    if (!checks.succeeds(mine, "derive a root, and one from it")) return;
    const auto child = start("hand-on", stage.board->handle(), *root);
    if (!checks.succeeds(child, "start a process that hands it on")) return;
    checks.check(eventually([&] { return stage.written().ready.load() == 2; }), "two processes hold it");
    checks.succeeds(call::revoke(*root), "revoke");
    stage.written().revoked = 1;
    checks.check(exits_well(*child), "they have it no more, and all else still");
    names_nothing(checks, *mine, "the copy of this process");
    checks.succeeds(call::identify(*root), "the root is there");
    checks.succeeds(call::identify(stage.thing->handle()), "and what it derives from");
    checks.succeeds(call::derive(*root, right::read), "derive from the root anew");
    checks.succeeds(call::revoke(child->handle()), "revoke a process's capability");
    checks.succeeds(call::wait(child->handle(), 0), "its holder can wait for it still");
}

namespace {

/// A revoke in a thread of its own, and what another thread sees of its time.
struct Revoke {
    Handle root;
    std::atomic<bool> begun = false, done = false;
    bool succeeded = false;
};

std::int64_t revoke_all(void* argument) {
    auto& revoke = *static_cast<Revoke*>(argument);
    revoke.begun = true;
    revoke.succeeded = call::revoke(revoke.root).has_value();
    revoke.done = true;
    return 0;
}

constexpr std::uint32_t holders = 16;

} // namespace

/// The revoke runs at a lower priority, on the same CPU: how often this thread, the more urgent one, wakes
/// while it is under way says how often it was let in. Were the revoke one step, that could be once or twice.
/// Whoever counts the machine's instructions can rely on the number; a host with much to do may bring timers
/// late.
void preempt(Checks& checks) {
    const Stage stage;
    if (!checks.check(stage.good(), "memory for all")) return;
    std::array<std::optional<Process>, holders> children;
    for (auto& child : children) {
        auto started = start("hold", stage.board->handle(), stage.thing->handle());
        if (!started) return (void)checks.succeeds(started, "start a process that holds many");
        child = std::move(*started);
    }
    checks.check(eventually([&] { return stage.written().ready.load() == holders; }), "all hold theirs");
    checks.check(stage.written().derived.load() > 2000, "thousands are derived");
    checks.succeeds(call::set_affinity(abi::self_process, 1), "stay on one CPU");
    Revoke revoke{.root = stage.thing->handle()};
    auto thread = Thread::start(revoke_all, &revoke, abi::default_priority - 1);
    if (!checks.succeeds(thread, "start the revoke")) return;
    std::uint32_t woken = 0;
    for (const std::uint64_t limit = deadline(); !revoke.done.load() && now().value < limit;) {
        sleep_for(Nanoseconds{20'000});
        woken += revoke.begun.load() && !revoke.done.load();
    }
    checks.check(revoke.done.load() && revoke.succeeded, "it completes");
    print("     {} derived, woken {} times meanwhile\n", stage.written().derived.load(), woken);
    stage.written().revoked = 1;
    (void)thread->join(deadline());
    checks.check(std::ranges::all_of(children, [](const auto& child) { return exits_well(*child); }),
                 "nobody has any more");
    checks.succeeds(call::derive(stage.thing->handle(), right::read), "derive from the root anew");
}

void stale(Checks& checks) {
    const std::string_view arguments[] = {"true"};
    Handle before{};
    for (int round = 0; round < 10; ++round) {
        const auto child = Process::spawn("true", {.arguments = arguments});
        if (!checks.succeeds(child, "start a process")) return;
        checks.check(exits_well(*child), "it ends");
        if (before) {
            checks.check(child->handle().slot == before.slot && child->handle() != before,
                         "the slot is the same, the handle another");
            checks.fails(call::wait(before, 0), Error::bad_handle, "wait for the one before");
            checks.fails(call::kill(before, 0), Error::bad_handle, "kill the one before");
            checks.fails(call::derive(before, right::read), Error::bad_handle, "derive from the one before");
        }
        before = child->handle();
        checks.succeeds(call::wait(before, 0), "one that has ended can be asked how");
    }
}

/// Fills a table of forty slots; then all is as it was, but for what there was room for.
int fill() {
    const Helper helper;
    if (!helper.good()) return 2;
    Checks checks("quota");
    std::array<Handle, 64> handles;
    std::size_t count = 0;
    Result<Handle> derived = helper.thing->get();
    while (count < handles.size() && (derived = call::derive(helper.thing->get(), right::read)))
        handles[count++] = *derived;
    checks.fails(derived, Error::limit_reached, "derive when the quota is used up");
    checks.check(count > 16 && count < 40, "the table has grown up to its quota");
    checks.fails(call::create(abi::ObjectType::null, 0), Error::limit_reached, "create");
    checks.fails(call::move(helper.thing->get()), Error::limit_reached, "move to any slot");
    checks.fails(call::open("thing"), Error::limit_reached, "open");
    bool same = true;
    for (const Handle handle : std::span(handles).first(count)) {
        const auto identity = call::identify(handle);
        same = same && identity && identity->rights == right::read;
    }
    checks.check(same && !is_gone(helper.thing->get()), "the table is as it was");
    checks.succeeds(call::close(handles[count / 2]), "close one");
    const auto again = call::derive(helper.thing->get(), right::read);
    checks.check(again && again->slot == handles[count / 2].slot, "its slot is free again");
    checks.succeeds(call::revoke(helper.thing->get()), "revoke");
    checks.succeeds(call::derive(helper.thing->get(), right::read), "all slots are free again");
    return checks.finish();
}

void quota(Checks& checks) {
    const Stage stage;
    if (!checks.check(stage.good(), "memory for all")) return;
    const auto child = start("fill", stage.board->handle(), stage.thing->handle(), 40);
    if (!checks.succeeds(child, "start a process of forty slots")) return;
    checks.check(exits_well(*child), "its quota is kept");
}

} // namespace test
