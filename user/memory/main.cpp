// Tells what memory is used for, and how many processes and objects there are.
#include "user/lib/inspect.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

Result<void> show() {
    const auto memory = inspect_one<abi::MemoryRecord>(abi::Topic::memory);
    if (!memory) return std::unexpected(memory.error());
    const auto state = inspect_one<abi::StateRecord>(abi::Topic::state);
    if (!state) return std::unexpected(state.error());
    print("frames: {} of {} free, {} in page tables, {} in the kernel's heap\n", memory->free_frames,
          memory->total_frames, memory->page_table_frames, memory->heap_frames);
    print("heap: {} objects\n", memory->heap_objects);
    print("state: {} processes, {} objects, {} capabilities after {} commits, digest {:#018x}\n",
          state->processes, state->objects, state->capabilities, state->commits, state->digest);
    return {};
}

} // namespace

int main(Arguments) {
    const auto shown = show();
    if (!shown) print_error("memory: {}\n", shown.error());
    return shown ? 0 : 1;
}
