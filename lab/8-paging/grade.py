"""Lab 8: programs get the memory that they ask for, with the rights that they ask for, and nothing else."""

import random
import re
import string

from grading import check
from initrd import initrd, programs
from machine import Failure, Machine
from shell import Shell, boots

PAGE = 4096
LOWEST, HIGHEST = 0x1_0000, (1 << 38) - 0x1_0000  # Of user space; the upper end is exclusive.
READ, WRITE, EXECUTE = 1, 2, 4
MEMORY = 3  # The kind of object.
KERNEL_MEMORY = {"arm64": 0xffff_0000_4000_0000, "x64": 0xffff_8000_0000_0000, "rv64": 0xffff_ffc0_8000_0000}

# What the kernel says when it breaks a rule itself: which access, for each mistake of the monitor's `panic`.
MISTAKES = {"write-text": "write", "execute-data": "execute|instruction"}

STEPS = ["refuse a region", "answer the first touch", "reach a program's memory", "take pages away"]


def somewhere():
    """A page above the program `try`, in few digits: a line has at most 120 characters."""
    return random.randrange(0x700, 0xc00) * PAGE


def demand(kernel, line, pattern, expected):
    """Types `try` and what it shall try; Failure unless the answer matches. Returns the match."""
    assert len(line) <= 116, line  # The shell takes no more.
    answer = kernel.command(f"try {line}").partition("\n")[2]
    if not (match := re.search(pattern, answer)):
        raise Failure(f"{expected}, from `try {line}`", answer.removesuffix("$ ").strip() or "(no output)")
    return match


def demand_fault(kernel, line, access, address, expected):
    """The program must be ended for just that."""
    demand(kernel, line, rf"\(try\), thread 0: .*{access}.* at {address:#x}, pc .*: ended",
           f"{expected}: a line that tells of this {access} at {address:#x}, and the process ended")


@check("write a leaf")
def write_a_leaf(architecture):
    for mistake, access in MISTAKES.items():
        with Machine(architecture, NET="none") as kernel:
            kernel.boot()
            kernel.type(f"panic {mistake}\r")
            kernel.expect(rf"KERNEL PANIC: .*(?i:{access})", 5, f"the kernel itself stopped for it, from `panic {mistake}`")
    with Shell(architecture) as kernel:
        if not boots(kernel, *STEPS):
            return  # Programs have no memory yet: what it allows them is looked at when they do.
        text = 0x40_0000 + 8 * random.randrange(0x100)
        demand(kernel, f"peek {text:#x}", "peek: 0x", "a program's own code can be read")
        demand_fault(kernel, f"poke {text:#x} 0", "write", text, "a program's own code cannot be written")
        at = somewhere()
        demand(kernel, f"map {at:#x} 4096 3 0 0 poke {at:#x} {text} peek {at:#x}", f"peek: {text:#x}\n", "memory that holds")
        demand_fault(kernel, f"map {at:#x} 4096 3 0 0 poke {at:#x} 0 jump {at:#x}", "execute", at, "data is not executed")
        demand_fault(kernel, f"map {at:#x} 4096 1 0 0 peek {at:#x} poke {at:#x} 0", "write", at, "a page to be read only")
        for start in (KERNEL_MEMORY[architecture], 0xffff_ffff_8000_0000):
            secret = start + 8 * random.randrange(0x20_0000)
            demand_fault(kernel, f"peek {secret:#x}", "read", secret, "the kernel's memory is not a program's")


def bad_ranges():
    """What `try` shall map, with rights to read and write, and why the kernel must refuse."""
    at, pages = somewhere(), random.randrange(1, 9)
    return [
        (at + random.randrange(1, PAGE), pages * PAGE, "misaligned"),
        (at, pages * PAGE + random.randrange(1, PAGE), "misaligned"),
        (at, 0, "invalid argument"),
        (LOWEST - PAGE, PAGE, "bad address"),
        (LOWEST - PAGE, 2 * PAGE, "bad address"),
        (HIGHEST, PAGE, "bad address"),
        (HIGHEST - PAGE, 2 * PAGE, "bad address"),
        (1 << 47 | at, PAGE, "bad address"),
        (0xffff_ffff_8000_0000 + at, PAGE, "bad address"),
        (at, (1 << 64) - pages * PAGE, "bad address"),
        (at, (1 << 64) - at, "bad address"),
    ]


def ranges(kernel):
    for at, size, error in bad_ranges():
        demand(kernel, f"map {at:#x} {size:#x} 3 0 0", f"map: {error}", f"`{error}`")
    demand(kernel, f"map {LOWEST:#x} 4096 3 0 0 poke {LOWEST + 8:#x} 5", "poke: done", "the lowest page mapped")
    demand(kernel, f"map {HIGHEST - PAGE:#x} 4096 3 0 0", "map: occupied", "the highest page taken, by the stack")
    near = HIGHEST - 0x10_0000  # Below the stack.
    demand(kernel, f"map {near:#x} 8192 3 0 0 poke {near + PAGE:#x} 5", "poke: done", "pages near the highest one mapped")


def permissions(kernel):
    for rights in range(8):
        at = somewhere()
        good = rights in (0, READ, READ | WRITE, READ | EXECUTE)
        expected = "success" if good else "`invalid argument`, for it can be written and executed, or cannot be read"
        demand(kernel, f"map {at:#x} 4096 {rights} 0 0", rf"map: {at:#x}" if good else "map: invalid argument", expected)
        demand(kernel, f"map {at:#x} 4096 3 0 0 protect {at:#x} 4096 {rights}",
               "protect: 0x0" if good else "protect: invalid argument", expected)


def windows(kernel):
    """Onto the initrd, which nobody may write to, and onto an object, which its maker may."""
    at, size = somewhere(), random.randrange(1, 9) * PAGE
    demand(kernel, f"create {MEMORY} {size} map {at:#x} {size} 1 @ 0 protect {at:#x} {size} 3 poke {at:#x} 1",
           "poke: done", "an object of its own to be written to")
    look = f"map {at:#x} 4096 3 0 0 text {at:#x} initrd open {at:#x} 6 map 0xd00000 4096 1 @ 0"
    demand(kernel, f"{look} protect 0xd00000 4096 5", r"protect: 0x0", "the initrd mapped to be executed")
    demand(kernel, f"{look} protect 0xd00000 4096 3", "protect: not permitted", "the initrd not to be written to")


@check("refuse a region")
def refuse_a_region(architecture):
    with Shell(architecture) as kernel:
        if boots(kernel, *STEPS[1:]):
            ranges(kernel)
            permissions(kernel)
            windows(kernel)
            kernel.passes("test-rights", 20)


@check("answer the first touch")
def answer_the_first_touch(architecture):
    with Shell(architecture) as kernel:
        if not boots(kernel, *STEPS[2:]):
            return
        at, pages = somewhere(), random.randrange(2, 9)
        mapped, last = f"map {at:#x} {pages * PAGE} 3 0 0", at + pages * PAGE - 8
        value = random.randrange(1, 1 << 16)
        demand(kernel, f"{mapped} peek {last:#x} poke {last:#x} {value} peek {last:#x}",
               rf"peek: 0x0\n.*\npeek: {value:#x}\n", "a zero from a fresh page, and then what was written there")
        demand_fault(kernel, f"{mapped} peek {last + 8:#x}", "read", last + 8, "nothing behind what was mapped")
        demand_fault(kernel, f"{mapped} peek {at - 8:#x}", "read", at - 8, "nothing before what was mapped")
        demand(kernel, f"map {at:#x} 65536 3 0 0 fill {at:#x} 65536 {value}", "fill: done", "16 pages that are touched")
        for page in random.sample(range(16), 4):  # Frames that held something else come back.
            demand(kernel, f"map {at:#x} 65536 3 0 0 peek {at + page * PAGE + 80:#x}", "peek: 0x0\n", "a zero from a fresh page")
        demand_fault(kernel, f"map {at:#x} 4096 1 0 0 peek {at:#x} poke {at:#x} 1", "write", at, "a page to be read only")
        no_call_writes_where_the_program_cannot(kernel)
        own_windows(kernel)
        kernel.passes("test-memory", 20)


def no_call_writes_where_the_program_cannot(kernel):
    at = somewhere()
    opened = f"map {at:#x} 4096 3 0 0 text {at:#x} random open {at:#x} 6"
    demand(kernel, f"{opened} read @ {at:#x} 8 0", "read: 0x8,", "8 random bytes read")
    demand(kernel, f"{opened.replace('open', f'protect {at:#x} 4096 1 open')} read @ {at:#x} 8 0",
           "read: bad address", "`bad address` for a system call that shall write to a page that can only be read")


def own_windows(kernel):
    """Two windows onto one object, the second of which begins at some page of it."""
    pages, value = random.randrange(4, 9), random.randrange(1, 1 << 13)
    first, size = random.randrange(1, pages - 1), pages * PAGE
    handle = demand(kernel, f"create {MEMORY} {size}", r"create: (0x[0-9a-f]+),", "an object")[1]
    demand(kernel, f"create {MEMORY} {size} map 0x700000 {size} 3 @ 0 poke {0x70_0000 + (first + 1) * PAGE:#x} {value} "
           f"map 0xa00000 8192 3 {handle} {first * PAGE} peek 0xa01000",
           f"peek: {value:#x}\n", f"page {first + 1} of an object in a window that begins with its page {first}")


def prints_as_init(architecture):
    """A program that does nothing but print."""
    with initrd({"init": programs(architecture)["hello-a"]}) as image:
        with Machine(architecture, INITRD=image, NET="none", DISK="none") as kernel:
            kernel.expect(r"(?:A\n){100}", 10, "100 lines `A`, from a program that the kernel has started, and has printed for")


@check("reach a program's memory")
def reach_a_programs_memory(architecture):
    prints_as_init(architecture)
    with Shell(architecture) as kernel:
        if not boots(kernel, *STEPS[3:]):
            return  # The shell's second thread has given its stack a guard.
        at = random.randrange(32, 128) * PAGE
        edge = at + PAGE
        text = "".join(random.choices(string.ascii_letters, k=8))
        start = edge - random.randrange(1, 8)
        fresh = f"create {MEMORY} 4096"
        handle = int(demand(kernel, fresh, r"create: (0x[0-9a-f]+),", "an object")[1], 16)
        demand(kernel, f"{fresh} map 65536 4096 1 @ 0 map {at} 8192 3 0 0 text {start} {text} write {handle} {start} 8 0 peek 65536",
               rf"write: 0x8, (?s:.*)peek: {int.from_bytes(text.encode(), 'little'):#x}\n",
               f"`{text}`, which lies in two pages, in the object that it was written to")
        for address, size in ((edge + PAGE - 8, 16), (0xffff_ffff_8000_0000, 64), (HIGHEST - 8, 16), (at - 8, 8), (0, 8),
                              ((1 << 64) - 8, 16)):
            demand(kernel, f"{fresh} map {at} 8192 3 0 0 write {handle} {address:#x} {size} 0", "write: bad address",
                   f"`bad address` for {size} bytes at {address:#x}")
        kernel.passes("test-calls", 20)


@check("take pages away")
def take_pages_away(architecture):
    with Shell(architecture) as kernel:
        boots(kernel)
        unmapped_pages_fault(kernel)
        protected_pages_keep_what_they_hold(kernel)
        lonely_pages_are_found(kernel)
        kernel.passes("test-memory", 20)
        frames_come_back(kernel)


def unmapped_pages_fault(kernel):
    at, pages = somewhere(), random.randrange(70, 130)
    size = pages * PAGE
    for page in (0, random.randrange(1, 32), random.randrange(33, 64), pages - 1):
        gone = at + page * PAGE + 8 * random.randrange(512)
        demand_fault(kernel, f"map {at:#x} {size} 3 0 0 fill {at:#x} {size} 7 unmap {at:#x} {size} peek {gone:#x}",
                     "read", gone, f"page {page} of {pages} that were unmapped is gone")
    first, count = random.randrange(1, 20), random.randrange(1, 20)
    begin, end = at + first * PAGE, at + (first + count) * PAGE
    line = f"map {at:#x} {size} 3 0 0 fill {at:#x} {size} 7 unmap {begin:#x} {count * PAGE} peek"
    for stays in (begin - 8, end):
        demand(kernel, f"{line} {stays:#x}", "peek: 0x7\n", f"what is beside {count} unmapped pages stays")
    for gone in (begin, end - 8):
        demand_fault(kernel, f"{line} {gone:#x}", "read", gone, "what was unmapped in the midst of others is gone")


def protected_pages_keep_what_they_hold(kernel):
    at, pages = somewhere(), random.randrange(40, 90)
    size, place = pages * PAGE, at + 8 * random.randrange(pages * 512)
    line = f"map {at:#x} {size} 3 0 0 fill {at:#x} {size} 7 protect {at:#x} {size}"
    demand(kernel, f"{line} 1 peek {place:#x}", "peek: 0x7\n", "a page made read-only keeps what it holds")
    demand(kernel, f"{line} 1 protect {at:#x} {size} 3 poke {place:#x} 0", "poke: done", "a page made writable again")
    demand_fault(kernel, f"{line} 1 poke {place:#x} 8", "write", place, "a page made read-only")
    demand_fault(kernel, f"{line} 0 peek {place:#x}", "read", place, "a page without any rights")
    demand(kernel, f"{line} 0 protect {at:#x} {size} 1 peek {place:#x}", "peek: 0x7\n", "pages closed and opened again")


def lonely_pages_are_found(kernel):
    """Of many pages a single one has been touched."""
    at, pages = somewhere(), random.randrange(40, 900)
    lonely = at + 8 * random.randrange(512, pages * 512)
    line = f"map {at:#x} {pages * PAGE} 3 0 0 poke {lonely:#x} 7"
    demand_fault(kernel, f"{line} protect {at:#x} {pages * PAGE} 1 poke {lonely:#x} 8", "write", lonely,
                 "the only page of a region that was there, made read-only")
    demand_fault(kernel, f"{line} unmap {at:#x} {pages * PAGE} peek {lonely:#x}", "read", lonely,
                 "the only page of a region that was there, unmapped")


def frames_come_back(kernel):
    """Of pages that are unmapped, some hundreds in all. What a process leaves behind is cleared a little later."""
    at, pages = somewhere(), random.randrange(200, 300)
    line = f"map {at:#x} {pages * PAGE} 3 0 0 fill {at:#x} {pages * PAGE} 7 unmap {at:#x} {pages * PAGE}"
    demand(kernel, line, "unmap: 0x0", "pages unmapped")
    before = free_frames(kernel)
    for _round in range(3):
        demand(kernel, line, "unmap: 0x0", "pages unmapped")
    lost = before - free_frames(kernel)
    if lost >= pages:
        raise Failure(f"{pages} frames given back when they are unmapped, each of 3 times", f"{lost} frames lost, by `memory`")


def free_frames(kernel):
    kernel.command("true")
    return int(re.search(r"frames: (\d+) of", kernel.command("memory"))[1])
