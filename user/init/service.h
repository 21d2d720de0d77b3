// A program that init keeps running, and the endpoint under which others reach it.
//
//                  start                       it ends
//     idle, stopped ────> running ──────────────────────────> running again, at once
//                            │                          └───> resting ──> running again: it ended too soon
//                            └─ stop ──────────────────────────┴──> stopped
//
// The endpoint is init's: it stays while the program is started again, with those who wait there. When the
// service stops it goes, and who waits is told. What is not essential stops by itself when it ends too soon
// again and again.
//
// A thread of init's waits for each program's end. All here is guarded by one mutex, the catalogue's.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/text.h"
#include "user/lib/manifest.h"
#include "user/lib/names.h"
#include "user/lib/process.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

namespace init {

using trivium::Handle, trivium::Owned, trivium::Result;

class Catalogue;

class Service {
public:
    Service() = default;
    Service(const Service&) = delete; // Its thread knows where it is.
    Service& operator=(const Service&) = delete;

    /// A program of init's, idle. The names lie in the initrd.
    void describe(Catalogue& catalogue, std::string_view program, const trivium::Manifest& manifest);
    /// A service that a process offers by itself.
    void offer(std::string_view name, Owned endpoint);

    /// A place in the catalogue that is free, or was a service's that has gone with its process.
    bool is_free() const { return name().empty() || is_over(); }

    /// Under which it is looked up; that of the program if it serves nobody.
    std::string_view name() const { return name_; }

    /// Whether whoever offered it has ended.
    bool is_over() const;

    bool starts_at_boot() const { return manifest_.starts_at_boot(); }

    bool serves() const { return is_offered_ || !manifest_.service().empty(); }

    trivium::ServiceRecord record() const;

    /// Starts it unless it runs. Error::not_found: the program, or something that it needs, is not there;
    /// others as of spawn().
    Result<void> start();
    /// Ends it. Error::not_permitted: it is essential, or not init's.
    Result<void> stop();
    /// Ends it, to be started again; starts it if it does not run.
    Result<void> restart();

    /// A capability for its endpoint, with a badge. Starts it if it is idle. Error::not_found: it serves
    /// nobody; Error::gone: it is stopped, or its endpoint has gone.
    Result<Owned> derive(trivium::Rights rights, std::uint64_t badge);

private:
    static std::int64_t keep(void* self);
    void keep_on();
    trivium::ServiceState state() const;
    void on_end(const Result<trivium::End>& end);
    void start_again();
    Result<void> make_endpoint();
    Result<void> spawn();
    Result<void> start_keeper();
    void stop_serving();

    Catalogue* catalogue_ = nullptr;
    base::Text<abi::name_length> name_;
    std::string_view program_;
    trivium::Manifest manifest_;
    bool is_offered_ = false;
    trivium::ServiceState state_ = trivium::ServiceState::idle;
    bool is_to_stop_ = false;
    Owned endpoint_;
    std::optional<trivium::Process> process_;
    trivium::Nanoseconds started_at_{};
    std::uint32_t starts_ = 0;
    unsigned quick_ends_ = 0; ///< One after the other.
    trivium::Nanoseconds rest_{};
    std::optional<trivium::Thread> keeper_;
    Owned started_; ///< A notification: what the keeper waits for when there is no process.
};

} // namespace init
