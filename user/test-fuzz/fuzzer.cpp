// For each call the arguments that it could have.
#include "user/test-fuzz/fuzzer.h"

#include "kernel/abi/message.h"
#include "user/lib/time.h"

namespace fuzz {

using namespace trivium;
using abi::SystemCall;

namespace {

/// What started threads do. It needs nothing of its stack, which later ones may get while it is suspended.
[[noreturn]] void nap_and_end() {
    sleep_for(base::microseconds(100));
    call::thread_exit(0);
}

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

constexpr std::uint64_t kernel_address = 0xffff'ffff'8000'0000;

/// These are left out; they take nothing that could be wrong.
constexpr bool ends_caller(SystemCall number) {
    return number == SystemCall::exit || number == SystemCall::thread_exit;
}

/// What takes somebody else to succeed, who sends, receives, or is a device.
constexpr bool takes_two(SystemCall number) {
    switch (number) {
    case SystemCall::send:
    case SystemCall::receive:
    case SystemCall::call:
    case SystemCall::reply:
    case SystemCall::reply_receive:
    case SystemCall::keep_reply:
    case SystemCall::acknowledge:
    case SystemCall::share:
    case SystemCall::reset: return true;
    default: return false;
    }
}

} // namespace

Result<void> Fuzzer::run(std::uint64_t count) {
    if (const auto prepared = values_.prepare(); !prepared) return prepared;
    const auto file = File::open("true");
    if (!file) return std::unexpected(file.error());
    const auto image = file->image();
    if (!image) return std::unexpected(image.error());
    image_ = *image;
    while (count-- > 0) make_call();
    return {};
}

SystemCall Fuzzer::choose() {
    for (;;) {
        const auto number = static_cast<SystemCall>(values_.below(abi::system_call_count));
        if (!ends_caller(number)) return number;
    }
}

std::optional<SystemCall> Fuzzer::never_successful() const {
    for (std::size_t i = 0; i < successes_.size(); ++i)
        if (const auto number = static_cast<SystemCall>(i);
            successes_[i] == 0 && !ends_caller(number) && !takes_two(number))
            return number;
    return {};
}

void Fuzzer::make_call() {
    if (values_.one_in(50)) { // No call at all.
        (void)machine::system_call(abi::system_call_count + values_.below(~std::uint64_t{0} >> 8),
                                   values_.any_word(), values_.any_word());
        return;
    }
    const SystemCall number = choose();
    const auto [a, b, c, d, e, f] = arguments_of(number);
    keep_result(number, machine::system_call(static_cast<std::uint64_t>(number), a, b, c, d, e, f));
}

void Fuzzer::keep_result(SystemCall number, const machine::Result& result) {
    if (result.status == 0) ++successes_[static_cast<std::size_t>(number)];
    if (number == SystemCall::spawn && result.status == static_cast<std::uint64_t>(Error::bad_handle))
        image_.memory = call::open("initrd").value_or(Handle{}); // It may have been closed.
    const bool gives_handle = number == SystemCall::open || number == SystemCall::create ||
                              number == SystemCall::spawn || number == SystemCall::thread_start ||
                              number == SystemCall::derive || number == SystemCall::move;
    if (result.status == 0 && gives_handle) values_.remember(abi::to_handle(result.first));
    if (result.status != 0 || number != SystemCall::map || values_.one_in(8)) return;
    (void)call::unmap(result.first, page_size); // Or there would soon be no regions left to map.
}

Fuzzer::Words Fuzzer::arguments_of(SystemCall number) {
    switch (number) {
    case SystemCall::map:
    case SystemCall::unmap:
    case SystemCall::protect: return about_memory(number);
    case SystemCall::spawn: return {spawn_request()};
    case SystemCall::sleep: return {values_.deadline()};
    case SystemCall::thread_start:
    case SystemCall::set_priority:
    case SystemCall::set_affinity: return about_threads(number);
    case SystemCall::derive:
    case SystemCall::move:
    case SystemCall::bind:
    case SystemCall::set_timer:
    case SystemCall::set_fault_handler: return about_capabilities(number);
    case SystemCall::send:
    case SystemCall::receive:
    case SystemCall::call:
    case SystemCall::reply_receive: return about_messages();
    default: return about_objects(number);
    }
}

Fuzzer::Words Fuzzer::about_capabilities(SystemCall number) {
    const std::uint64_t handle = abi::to_word(values_.handle());
    const std::uint64_t slot = values_.one_in(2) ? call::any_slot : values_.below(300);
    switch (number) {
    case SystemCall::derive:
        return {handle, values_.one_in(2) ? values_.below(8) : values_.any_word(),
                values_.one_in(2) ? 0 : values_.any_word(), slot};
    case SystemCall::move: return {handle, slot};
    case SystemCall::set_timer: return {handle, values_.deadline()};
    default: return {handle, values_.one_in(4) ? values_.any_word() : abi::to_word(values_.handle())};
    }
}

/// Never to be waited for: there is nobody who would answer.
Fuzzer::Words Fuzzer::about_messages() {
    const std::uint64_t information =
        values_.one_in(4) ? values_.any_word() : values_.below(8) << 16 | values_.below(64);
    return {abi::to_word(values_.handle()),
            information | abi::MessageInformation::immediate,
            values_.address(),
            values_.any_word(),
            values_.any_word(),
            values_.any_word()};
}

Fuzzer::Words Fuzzer::about_objects(SystemCall number) {
    const bool stops = number == SystemCall::kill || number == SystemCall::suspend;
    const std::uint64_t handle = abi::to_word(stops ? values_.handle_to_stop() : values_.handle());
    switch (number) {
    case SystemCall::read:
    case SystemCall::write: return {handle, values_.address(), values_.length(), values_.offset()};
    case SystemCall::open:
        static constexpr std::array<std::string_view, 4> names{"random", "null", "system", "nothing"};
        if (const std::string_view name = names[values_.below(names.size())]; values_.one_in(2))
            return {address_of(name.data()), name.size()};
        return {values_.address(), values_.length()};
    case SystemCall::create:
        return {values_.below(10), values_.one_in(2) ? values_.below(1 << 20) : values_.any_word()};
    case SystemCall::wait:
    case SystemCall::thread_join: return {handle, values_.deadline()};
    case SystemCall::inspect:
        return {handle, values_.one_in(8) ? values_.any_word() : values_.below(7), values_.address(),
                values_.length(), values_.offset()};
    default: return {handle, values_.any_word()};
    }
}

Fuzzer::Words Fuzzer::about_memory(SystemCall number) {
    const std::uint64_t rights = values_.one_in(8) ? values_.any_word() : values_.below(8);
    if (number != SystemCall::map) return {values_.page_address(), values_.page_length(), rights};
    const std::uint64_t at = values_.one_in(2) ? 0 : values_.page_address();
    const std::uint64_t memory = values_.one_in(2) ? 0 : abi::to_word(values_.handle());
    return {at, values_.page_length(), rights, memory, values_.one_in(2) ? 0 : values_.page_length()};
}

/// An entry that is user memory must be code: else the thread faults, and with it all of this process ends.
Fuzzer::Words Fuzzer::about_threads(SystemCall number) {
    if (number != SystemCall::thread_start) {
        const Handle handle = values_.one_in(8) ? abi::self_process : values_.handle();
        const std::uint64_t least = abi::default_priority; // Lower, this process might never run again.
        return {abi::to_word(handle),
                values_.one_in(4) || handle != abi::self_process ? values_.any_word() | least : least};
    }
    if (values_.one_in(2)) return {kernel_address, values_.any_word(), values_.any_word(), values_.below(32)};
    const std::uint64_t entry = reinterpret_cast<std::uintptr_t>(&nap_and_end);
    return {entry, values_.thread_stack(), values_.any_word(), values_.below(abi::default_priority + 8)};
}

/// The address of a request that is good but for one thing, or of none.
std::uint64_t Fuzzer::spawn_request() {
    if (values_.one_in(4)) return values_.address();
    grants_ = {};
    grants_[0] = {.handle = values_.handle(), .rights = {static_cast<std::uint16_t>(values_.below(64))}};
    grants_[0].name[0] = 'x';
    request_ = {.image = image_.memory, .image_offset = image_.offset, .image_size = image_.size};
    request_.name[0] = 'f';
    switch (values_.below(10)) {
    case 0: request_.image = values_.handle(); break;
    case 1: request_.image_offset = values_.any_word(); break;
    case 2: request_.image_size = values_.any_word(); break;
    case 3: request_.name.fill('n'); break;
    case 4:
        request_.arguments = values_.address(), request_.arguments_size = 64, request_.argument_count = 3;
        break;
    case 5: request_.environment = values_.address(), request_.environment_count = 1; break;
    case 6:
        request_.grants = values_.address(),
        request_.grant_count = static_cast<std::uint32_t>(values_.below(40));
        break;
    case 7: request_.grants = address_of(grants_.data()), request_.grant_count = 1; break;
    case 8: request_.memory_limit = values_.any_word(); break;
    default: request_.priority = static_cast<std::uint8_t>(values_.below(256)); break;
    }
    return address_of(&request_);
}

} // namespace fuzz
