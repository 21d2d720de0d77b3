// The name service: what clients ask about the catalogue, and its answers.
#pragma once

#include "user/init/catalogue.h"

namespace init {

class NameServer {
public:
    /// Receives from `endpoint`, which must last as long.
    NameServer(Catalogue& catalogue, Handle endpoint) : catalogue_(catalogue), endpoint_(endpoint) {}

    /// Returns only when the endpoint is gone.
    trivium::Error serve();

private:
    struct Request;
    struct Answer;

    Answer answer(Request request);
    Answer look_up(std::string_view name, std::uint64_t badge);
    Answer offer(std::string_view name, Owned endpoint);
    Answer list(std::uint64_t index);
    Answer control(trivium::NameRequest request, std::string_view name);

    Catalogue& catalogue_;
    Handle endpoint_;
};

} // namespace init
