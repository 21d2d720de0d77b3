// spawn(): the request's own pointer, and those in it.
#include "kernel/base/text.h"
#include "user/lib/file.h"
#include "user/test-calls/pointers.h"
#include "user/test-calls/tests.h"

namespace test {

using namespace trivium;

namespace {

/// A request that starts `true`.
Result<abi::SpawnRequest> good_request() {
    const auto file = File::open("true");
    if (!file) return std::unexpected(file.error());
    const auto image = file->image();
    if (!image) return std::unexpected(image.error());
    return abi::SpawnRequest{
        .image = image->memory, .image_offset = image->offset, .image_size = image->size};
}

Result<End> run(const abi::SpawnRequest& request) {
    const auto spawned = call::spawn(request);
    if (!spawned) return std::unexpected(spawned.error());
    const Owned process(spawned->handle);
    return call::wait(process.get());
}

/// All but the good and the read-only pointer, which hold nothing that spawn() could use.
template <class Set>
void bad_inner_pointers(Checks& checks, const Pointers& pointers, const abi::SpawnRequest& good,
                        std::string_view which, Set set) {
    for (const Range& range : pointers.of_each_kind(abi::name_length)) {
        if (range.readable || range.size > abi::name_length) continue;
        abi::SpawnRequest request = good;
        set(request, range);
        checks.fails(call::spawn(request), Error::bad_address,
                     base::Text<64>::of("spawn, {} with {} pointer", which, range.kind));
    }
}

void bad_requests(Checks& checks, const Pointers& pointers) {
    for (const Range& range : pointers.of_each_kind(sizeof(abi::SpawnRequest)))
        if (!range.readable && range.size == sizeof(abi::SpawnRequest))
            checks.fails(call::make<abi::SystemCall::spawn>(range.address), Error::bad_address,
                         base::Text<64>::of("spawn, {} pointer", range.kind));
}

void bad_sizes(Checks& checks, const abi::SpawnRequest& good) {
    abi::SpawnRequest request = good;
    request.image_offset += 1;
    checks.fails(call::spawn(request), Error::misaligned, "spawn, image at an odd offset");
    request = good;
    request.image_offset = ~std::uint64_t{0} << 12;
    checks.fails(call::spawn(request), Error::invalid_argument, "spawn, image past the end");
    request = good;
    request.arguments_size = ~std::uint32_t{0};
    checks.fails(call::spawn(request), Error::too_large, "spawn, arguments of 4 GiB");
    request = good;
    request.grant_count = abi::most_granted + 1;
    checks.fails(call::spawn(request), Error::too_large, "spawn, too many grants");
    request = good;
    request.priority = 255;
    checks.fails(call::spawn(request), Error::not_permitted, "spawn, priority above the own");
}

} // namespace

void spawn_pointers(Checks& checks) {
    const auto pointers = Pointers::create();
    const auto good = good_request();
    if (!checks.succeeds(pointers, "memory for pointers") || !checks.succeeds(good, "an image")) return;
    checks.succeeds(run(*good), "spawn, good request");
    bad_requests(checks, *pointers);
    bad_sizes(checks, *good);
    bad_inner_pointers(checks, *pointers, *good, "arguments",
                       [](abi::SpawnRequest& request, const Range& range) {
                           request.arguments = range.address;
                           request.arguments_size = static_cast<std::uint32_t>(range.size);
                           request.argument_count = 1;
                       });
    bad_inner_pointers(checks, *pointers, *good, "environment",
                       [](abi::SpawnRequest& request, const Range& range) {
                           request.environment = range.address;
                           request.environment_size = static_cast<std::uint32_t>(range.size);
                           request.environment_count = 1;
                       });
    bad_inner_pointers(checks, *pointers, *good, "grants",
                       [](abi::SpawnRequest& request, const Range& range) {
                           request.grants = range.address;
                           request.grant_count = 1;
                       });
    checks.succeeds(run(*good), "spawn, good request after all those");
}

} // namespace test
