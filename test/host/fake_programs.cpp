// Brings init up from an initrd in fake RAM, and speaks to the kernel as its processes do.
#include "test/host/fake_programs.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>

#include "kernel/abi/cpio.h"
#include "kernel/memory/kernel_space.h"
#include "kernel/memory/user_buffer.h"
#include "kernel/object/memory.h"
#include "kernel/process/init.h"
#include "kernel/schedule/scheduler.h"
#include "test/host/elf_image.h"

/// The sanitizer's own, whose header GCC does not bring.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

namespace fake {
namespace {

/// An archive's entry; the name is filled up with zeros so that the content begins at a page.
std::string entry(std::string_view name, std::size_t name_size, std::string_view content) {
    std::array<char, abi::cpio::header_size + 1> header{};
    std::snprintf(header.data(), header.size(), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
                  0, 0100755, 0, 0, 1, 0, static_cast<unsigned>(content.size()), 0, 0, 0, 0,
                  static_cast<unsigned>(name_size), 0);
    std::string bytes(header.data(), abi::cpio::header_size);
    bytes += name;
    bytes.append(name_size - name.size(), '\0');
    bytes += content;
    bytes.append((4 - bytes.size() % 4) % 4, '\0');
    return bytes;
}

constexpr unsigned last_page = 3; ///< Of those that put() writes to.

void write_initrd() {
    const auto program = ElfImage().bytes();
    const std::string_view content(reinterpret_cast<const char*>(program.data()), program.size());
    const std::string archive = entry("init", Programs::program_offset - abi::cpio::header_size, content) +
                                entry(abi::cpio::trailer, abi::cpio::trailer.size() + 1, "");
    std::memcpy(hal::direct<char>(Machine::initrd.start), archive.data(), archive.size());
}

} // namespace

Balance Balance::now() {
    const axiom::State& state = object::state();
    return {memory::frames().statistics().free, __sanitizer_get_current_allocated_bytes(),
            state.process_count(), state.object_count(), state.capability_count()};
}

std::ostream& operator<<(std::ostream& out, const Balance& balance) {
    return out << balance.free_frames << " frames free, " << balance.heap_bytes << " bytes of heap, "
               << balance.processes << " processes, " << balance.objects << " objects, "
               << balance.capabilities << " capabilities";
}

process::Thread& first_thread(process::Process& process) { return *process.threads.front(); }

Programs::Programs(std::uint32_t cpus) : machine_(cpus), free_before_(memory::frames().statistics().free) {
    write_initrd();
    act([&] { REQUIRE(process::start_init(machine_.boot_info())); });
    const auto named = object::state().named(init().pid, "initrd");
    REQUIRE(named);
    for (unsigned page = 0; page <= last_page; ++page) put(init(), std::array{std::byte{}}, page);
    initrd_ = &(*object::lookup<object::Memory>(init().pid, *named, {}))->frames;
}

Programs::~Programs() {
    process::set_init_handler(nullptr);
    act([&] { process::end(init(), abi::Ending::killed, 0); });
    initrd_->release(); // What the kernel keeps of it for the next init.
    CHECK(object::state().capability_count() == 0);
    CHECK(memory::frames().statistics().free == free_before_);
    CHECK(memory::frames().verify());
}

process::Process& Programs::init() const {
    const auto* const record = object::state().next_process({});
    return static_cast<process::Process&>(*object::at(record->object_index));
}

void Programs::act(const std::function<void()>& what) {
    machine_.act(0, what);
    machine_.settle();
}

Answer Programs::call(process::Process& caller, abi::SystemCall number,
                      std::initializer_list<std::uint64_t> arguments) {
    return call(first_thread(caller), number, arguments);
}

Answer Programs::call(process::Thread& caller, abi::SystemCall number,
                      std::initializer_list<std::uint64_t> arguments) {
    REQUIRE(caller.state == abi::ThreadState::running);
    const Answer answer = machine_.call(caller.cpu, number, arguments);
    machine_.settle();
    return answer;
}

abi::SpawnRequest Programs::request(process::Process& parent) {
    abi::SpawnRequest request;
    const auto image = object::state().named(parent.pid, "initrd");
    REQUIRE(image);
    abi::Grant grant{.handle = *image, .rights = abi::right::all};
    std::memcpy(grant.name.data(), "initrd", 6);
    request.grants = put(parent, std::as_bytes(std::span(&grant, 1)), last_page);
    request.grant_count = 1;
    request.image = *image;
    request.image_offset = program_offset;
    request.image_size = ElfImage().bytes().size();
    std::memcpy(request.name.data(), "child", 5);
    return request;
}

Answer Programs::spawn(process::Process& parent, const abi::SpawnRequest& request) {
    return call(parent, abi::SystemCall::spawn, {put(parent, std::as_bytes(std::span(&request, 1)))});
}

process::Process& Programs::child(process::Process& parent) {
    const Answer answer = spawn(parent, request(parent));
    REQUIRE(answer.succeeded());
    return behind(parent, answer.first);
}

process::Process& Programs::behind(const process::Process& holder, std::uint64_t handle) {
    const auto found = object::lookup<process::Process>(holder.pid, abi::to_handle(handle), {});
    REQUIRE(found);
    return **found;
}

std::uint64_t Programs::put(process::Process& process, std::span<const std::byte> bytes, unsigned page) {
    const base::VirtualAddress at{abi::highest_address - (8 + page) * base::page_size};
    REQUIRE(memory::UserBuffer(*process.space, at, bytes.size()).write(0, bytes));
    return at.value;
}

std::uint64_t Programs::open(process::Process& process, std::string_view name) {
    const Answer answer =
        call(process, abi::SystemCall::open, {put(process, std::as_bytes(std::span(name))), name.size()});
    REQUIRE(answer.succeeded());
    return answer.first;
}

} // namespace fake
