// Starting init, and starting it again.
#include "kernel/process/init.h"

#include <algorithm>

#include "hal/timer.h"
#include "kernel/abi/cpio.h"
#include "kernel/base/log.h"
#include "kernel/device/offered.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/interrupt.h"
#include "kernel/ipc/notification.h"
#include "kernel/object/device.h"
#include "kernel/object/memory.h"
#include "kernel/object/table.h"
#include "kernel/process/console.h"
#include "kernel/process/loan.h"
#include "kernel/process/plain_object.h"
#include "kernel/process/spawn.h"
#include "kernel/schedule/timers.h"

namespace process {
namespace {

constexpr axiom::Quota init_quota{.slots = 256, .processes = 256};
constexpr std::uint64_t reserved_frames = 256; // 1 MiB that programs cannot have.

constinit memory::FrameSet* initrd = nullptr;
constinit base::Nanoseconds last_start{};

/// An object of init's, made true and named.
template <class T>
void give(Process& init, T* object, std::uint64_t size, abi::Rights rights, std::string_view name) {
    base::check(object != nullptr, "init: no memory for the machine's objects");
    base::check(make_room(init).has_value(), "init: its table is full");
    const auto outcome = object::commit(axiom::create_object(init.pid, T::object_type, size, rights));
    base::check(outcome.has_value(), "init: State refuses one of the machine's objects");
    object::bind(*object, outcome->object, outcome->index);
    base::check(object::commit(axiom::bind_name(init.pid, name, outcome->handle)).has_value(),
                "init: State refuses a name");
}

void give_standard(Process& init, std::string_view name) {
    const auto handle = object::state().named(init.pid, name);
    for (std::uint32_t slot : {1u, 2u, 3u})
        base::check(handle && grant(init, init.pid, *handle, abi::right::all, slot, "").has_value(),
                    "init: State refuses a standard handle");
}

void give_device(Process& init, device::OfferedDevice& offered) {
    constexpr abi::Rights drive = abi::right::read | abi::right::manage | abi::right::grant;
    using Name = base::Text<abi::name_length>;
    give(init, new object::Device(offered), 0, drive | abi::right::write,
         Name::of("{}-device", offered.name()));
    give(init, new ipc::Interrupt(offered), 0, drive, Name::of("{}-interrupt", offered.name()));
}

void give_machine(Process& init) {
    constexpr abi::Rights look = abi::right::read | abi::right::grant;
    initrd->retain();
    give(init, new Console, 0, abi::right::all, "console");
    give(init, new NullObject, 0, abi::right::all, "null");
    give(init, new RandomObject, 0, look, "random");
    give(init, new SystemObject, 0, look, "system");
    give(init, new object::Memory(*initrd), initrd->size(), look | abi::right::execute, "initrd");
    give_standard(init, "console");
    for (std::size_t i = 0; device::OfferedDevice* const offered = device::offered_device(i); ++i)
        give_device(init, *offered);
}

std::string_view contents() {
    const auto start = initrd->page(0);
    return {hal::direct<const char>(*start), initrd->size()};
}

bool start() {
    const auto file = abi::cpio::find(contents(), "init");
    if (!file) {
        base::log("init: the initrd holds no file of that name");
        return false;
    }
    const auto offset = static_cast<std::uint64_t>(file->data() - contents().data());
    const SpawnPlan plan{.name = "init",
                         .image = {initrd, offset, file->size()},
                         .arguments = {},
                         .environment = {},
                         .priority = abi::highest_priority,
                         .memory_limit = memory::frames().statistics().free - reserved_frames,
                         .quota = init_quota};
    const auto spawned = spawn(nullptr, plan);
    if (!spawned) {
        base::log("init: it cannot be started: {}", spawned.error());
        return false;
    }
    give_machine(*spawned->process);
    last_start = hal::now();
    let_go(*spawned->process);
    return true;
}

constinit schedule::Timer restart([](void*) { static_cast<void>(start()); }, nullptr);

/// One that ends as soon as it is started must not keep the machine from everything else.
void on_init_ended(const Process& init) {
    base::log("init has {} with code {}: it is started again", abi::name(init.end.ending), init.end.code);
    const base::Nanoseconds now = hal::now();
    schedule::start_timer(restart, std::max(now, last_start + base::seconds(1)));
}

void register_types() {
    initialize();
    ipc::Endpoint::register_type();
    ipc::Notification::register_type();
    ipc::Interrupt::register_type();
    object::Device::register_type();
    NullObject::register_type();
    RandomObject::register_type();
    SystemObject::register_type();
    object::register_type(abi::ObjectType::console, {.end = nullptr, .free = [](object::Object& object) {
                                                         delete &static_cast<Console&>(object);
                                                     }});
    register_memory();
}

} // namespace

bool start_init(const hal::BootInfo& boot_info) {
    const base::PhysicalRange& range = boot_info.initrd;
    if (range.is_empty()) return false;
    const auto borrowed = boot_info.has_memory(range) ? memory::FrameSet::borrow(range)
                                                      : std::unexpected(abi::Error::bad_address);
    if (!borrowed) {
        base::log("init: the initrd, {} bytes at {:#x}, cannot be used: {}", range.size, range.start.value,
                  borrowed.error());
        return false;
    }
    initrd = *borrowed;
    register_types();
    set_init_handler(on_init_ended);
    return start();
}

} // namespace process
