// Walks the chain of frame pointers, which all code is compiled to keep, and names what it finds.
#include "kernel/trace/backtrace.h"

#include "hal/cpu.h"
#include "kernel/memory/kernel_stacks.h"
#include "kernel/trace/symbols.h"

namespace trace {
namespace {

constexpr unsigned depth_limit = 2048; // More than a kernel stack can hold.
constexpr unsigned line_limit = 32;

/// What a function saves of its caller.
struct FrameRecord {
    std::uintptr_t frame_pointer;
    std::uintptr_t return_address;
};

/// That of a frame; null where it does not lie in a kernel stack.
const FrameRecord* record_of(std::uintptr_t frame) {
    const std::uintptr_t record = hal::CurrentCpu::frame_record(frame);
    if (record % alignof(FrameRecord) != 0) return nullptr;
    const std::uintptr_t end = memory::kernel_stack_end(record);
    return end != 0 && record <= end - sizeof(FrameRecord) ? reinterpret_cast<const FrameRecord*>(record)
                                                           : nullptr;
}

/// Prints one function per line; recursion, which would fill the screen, as a count.
class Lines {
public:
    explicit Lines(base::Sink sink) : sink_(sink) { base::format(sink_, "backtrace:\n"); }

    bool full() const { return printed_ == line_limit; }

    /// `in_function` is an address inside the function: a return address may be the first byte of the next
    /// one.
    void add(std::uintptr_t address, std::uintptr_t in_function) {
        const unsigned depth = depth_++;
        if (address == last_) {
            ++repeated_;
            return;
        }
        end_repetition();
        last_ = address;
        ++printed_;
        const Symbol symbol = find_symbol(in_function);
        base::format(sink_, "  #{:<2} {:016x}  ", depth, address);
        if (symbol.name.empty())
            base::format(sink_, "(not in the kernel's text)\n");
        else
            base::format(sink_, "{} + {:#x}\n", symbol.name, address - in_function + symbol.offset);
    }

    void end_repetition() {
        if (repeated_ > 0) base::format(sink_, "       (and {} more of the same)\n", repeated_);
        repeated_ = 0;
    }

private:
    base::Sink sink_;
    std::uintptr_t last_ = 0;
    unsigned depth_ = 0;
    unsigned printed_ = 0;
    unsigned repeated_ = 0;
};

void add_callers(std::uintptr_t frame, Lines& lines) {
    for (unsigned depth = 0; depth < depth_limit && !lines.full(); ++depth) {
        const FrameRecord* const record = record_of(frame);
        if (!record || record->return_address == 0) break; // boot.S starts the chain with zero.
        lines.add(record->return_address, record->return_address - 1);
        frame = record->frame_pointer;
    }
    lines.end_repetition();
}

} // namespace

void print_backtrace(std::uintptr_t frame_pointer, base::Sink sink) {
    Lines lines(sink);
    add_callers(frame_pointer, lines);
}

void print_backtrace_of_fault(std::uintptr_t program_counter, std::uintptr_t frame_pointer, base::Sink sink) {
    Lines lines(sink);
    lines.add(program_counter, program_counter);
    add_callers(frame_pointer, lines);
}

} // namespace trace
