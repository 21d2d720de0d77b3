// The contract, checked: compiled into every platform's build, so that a missing or wrong piece is one
// readable error. What is not inline is checked by the linker, by name.
#include "hal/barrier.h"
#include "hal/boot.h"
#include "hal/console.h"
#include "hal/context.h"
#include "hal/cpu.h"
#include "hal/fpu.h"
#include "hal/interrupt.h"
#include "hal/mmu.h"
#include "hal/power.h"
#include "hal/smp.h"
#include "hal/timer.h"
#include "hal/trap.h"

static_assert(hal::BarrierOperations<platform::Barrier>);
static_assert(hal::CpuOperations<platform::Cpu>);
static_assert(hal::PageFormat<platform::PageFormat>);
static_assert(hal::MmuOperations<platform::Mmu>);
static_assert(hal::UserContextOperations<platform::UserContext>);
static_assert(hal::FpuOperations<platform::Fpu>);
