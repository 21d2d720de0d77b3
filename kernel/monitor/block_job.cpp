// Starting block requests and waiting for them; one that was let go frees itself when the device is done.
#include "kernel/monitor/block_job.h"

#include <utility>

#include "kernel/device/console_input.h"
#include "kernel/schedule/idle.h"

namespace monitor {

BlockJob::Owner BlockJob::create(std::size_t bytes) {
    auto memory = device::DmaMemory::allocate(bytes);
    Owner job(memory ? new BlockJob : nullptr);
    if (job) job->memory_ = std::move(*memory);
    return job;
}

void BlockJob::start(device::BlockDevice& device, device::BlockOperation operation, std::uint64_t sector,
                     std::uint64_t sectors) {
    request_.operation = operation;
    request_.sector = sector;
    request_.sectors = sectors;
    request_.memory = memory_.physical();
    request_.completed = on_completed;
    request_.context = this;
    state_ = State::under_way;
    if (const auto accepted = device.submit(request_); !accepted) on_completed(request_, accepted);
}

void BlockJob::on_completed(device::BlockRequest& request, Result result) {
    auto* const job = static_cast<BlockJob*>(request.context);
    const State before = std::exchange(job->state_, State::done);
    job->result_ = result;
    if (before == State::let_go) delete job;
}

void BlockJob::LetGo::operator()(BlockJob* job) const {
    if (job->is_done())
        delete job;
    else
        job->state_ = State::let_go;
}

bool wait_for(const BlockJob& job) {
    schedule::idle_until([&] { return job.is_done() || device::was_interrupted(); });
    return job.is_done();
}

} // namespace monitor
