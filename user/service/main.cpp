// Lists the services, or starts, stops or restarts one: service [start|stop|restart NAME]
#include <optional>

#include "user/lib/inspect.h"
#include "user/lib/names.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

std::string_view name_of(ServiceState state) {
    switch (state) {
    case ServiceState::idle: return "idle";
    case ServiceState::running: return "running";
    case ServiceState::resting: return "resting";
    case ServiceState::stopped: return "stopped";
    case ServiceState::offered: return "offered";
    }
    return "?";
}

int list() {
    print("NAME             STATE    PROCESS STARTS\n");
    for (std::uint64_t i = 0;; ++i) {
        const auto record = service_record(i);
        if (!record && record.error() == Error::not_found) return 0;
        if (!record) return print_error("service: {}\n", record.error()), 1;
        print("{:<16} {:<8} {:>7} {:>6}{}\n", text_of(record->name), name_of(record->state), record->process,
              record->starts, record->is_essential ? " essential" : "");
    }
}

std::optional<NameRequest> request_of(std::string_view word) {
    if (word == "start") return NameRequest::start;
    if (word == "stop") return NameRequest::stop;
    if (word == "restart") return NameRequest::restart;
    return {};
}

int control(NameRequest request, std::string_view verb, std::string_view name) {
    const auto done = control_service(request, name);
    if (done) return 0;
    if (done.error() == Error::not_permitted)
        print_error("service: {} cannot be made to {}: it is essential, or offered by a process\n", name,
                    verb);
    else
        print_error("service: {}: {}\n", name, done.error());
    return 1;
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() == 1) return list();
    const auto request = arguments.size() == 3 ? request_of(arguments[1]) : std::nullopt;
    if (request) return control(*request, arguments[1], arguments[2]);
    print_error("usage: service [start|stop|restart NAME]\n");
    return 2;
}
