"""Lab 10: programs are started if their files are sound, get their arguments, ask the kernel, and end with a code."""

import pathlib
import random
import re
import string

from grading import check
from initrd import initrd, programs
from machine import Failure, Machine
from shell import SHELL_PROMPT, Shell, boots

PAGE = 4096
HIGHEST = (1 << 38) - 0x1_0000  # The end of user space, exclusive.
MACHINES = {"arm64": 183, "x64": 62, "rv64": 243}
LOAD = 1
EXECUTE, READ = 1, 4


# ---- Executables ---------------------------------------------------------------------------------------------------------


class Program:
    """The file of a program, to be damaged: its header's fields, and those of its segments, by name."""

    FILE = {"magic": (0, 4), "file_class": (4, 1), "data": (5, 1), "ident_version": (6, 1), "type": (16, 2), "machine": (18, 2),
            "version": (20, 4), "entry": (24, 8), "headers": (32, 8), "sections": (40, 8), "flags": (48, 4),
            "header_size": (54, 2), "header_count": (56, 2)}
    SEGMENT = {"type": (0, 4), "flags": (4, 4), "offset": (8, 8), "address": (16, 8), "physical": (24, 8), "file_size": (32, 8),
               "memory_size": (40, 8), "alignment": (48, 8)}

    def __init__(self, content):
        self.content = bytearray(content)
        numbers = range(self.get("header_count"))
        self.loaded = [number for number in numbers if self.get("type", number) == LOAD and self.get("memory_size", number)]
        self.text = next(number for number in self.loaded if self.get("flags", number) & EXECUTE)
        self.last = self.loaded[-1]

    def _place(self, field, segment):
        if segment is None:
            return self.FILE[field]
        offset, size = self.SEGMENT[field]
        return self.get("headers") + 56 * segment + offset, size

    def get(self, field, segment=None):
        at, size = self._place(field, segment)
        return int.from_bytes(self.content[at:at + size], "little")

    def set(self, field, value, segment=None):
        at, size = self._place(field, segment)
        self.content[at:at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
        return self

    def add(self, field, value, segment=None):
        return self.set(field, self.get(field, segment) + value, segment)

    def swap(self, one, other):
        """Two segments' headers trade places."""
        start = self.get("headers")
        first, second = (slice(start + 56 * number, start + 56 * (number + 1)) for number in (one, other))
        self.content[first], self.content[second] = self.content[second], self.content[first]
        return self


def fate(architecture, program):
    """What becomes of it as init: the error for which it is refused, or None when it is not."""
    with initrd({"init": bytes(program.content)}) as image:
        with Machine(architecture, INITRD=image, NET="none", DISK="none") as kernel:
            seen = kernel.expect(r"init: it cannot be started: (?P<error>.*)\n|init has .*\n|: ended\n|KERNEL PANIC: lab .*\n",
                                 5, "a program as init started, or refused with an error")
            return seen["error"]


def judge(architecture, cases):
    """Each case: what is wrong with the program, how it is made so, and the error for it; None when it must be started."""
    good = programs(architecture)["hello-a"]
    for what, damage, error in [("nothing at all", lambda program: program, None), *cases]:
        seen = fate(architecture, damage(Program(good)))
        if seen != error:
            raise Failure(f"an init in whose file is wrong: {what}; {f'refused: {error}' if error else 'started all the same'}",
                          f"refused: {seen}" if seen else "started")


@check("judge the file")
def judge_the_file(architecture):
    others = [number for number in (*MACHINES.values(), 3, 40) if number != MACHINES[architecture]]
    judge(architecture, [
        ("its first byte", lambda program: program.set("magic", 0x464c4500 + random.randrange(0x7f)), "corrupt"),
        ("the last byte of its magic", lambda program: program.add("magic", 1 << 24), "corrupt"),
        ("it has 32 bits", lambda program: program.set("file_class", 1), "unsupported"),
        ("it is big-endian", lambda program: program.set("data", 2), "unsupported"),
        ("its version in the identification", lambda program: program.set("ident_version", 2), "unsupported"),
        ("its version", lambda program: program.set("version", random.randrange(2, 1000)), "unsupported"),
        ("its machine", lambda program: program.set("machine", random.choice(others)), "unsupported"),
        ("it is a shared object", lambda program: program.set("type", 3), "unsupported"),
        ("it is an object file", lambda program: program.set("type", 1), "unsupported"),
        ("the size of its program headers", lambda program: program.set("header_size", random.choice((32, 64))), "corrupt"),
        ("it has no program headers", lambda program: program.set("header_count", 0), "corrupt"),
        ("it has 65 program headers", lambda program: program.set("header_count", 65), "corrupt"),
        ("flags and sections, which nobody needs", lambda program: program.set("flags", 5).set("sections", 1 << 63), None),
    ])


def one_segment_too_low(program):
    return program.set("address", program.get("address", program.text) % PAGE + 0xf000, program.text)


def only_data(program):
    """The entry point stays where it was, but nothing there can be executed."""
    return program.set("flags", READ, program.text)


def nothing_to_load(program):
    for number in program.loaded:
        program.set("type", 0, number)
    return program


def with_tail(program, size):
    """Its text has that many zeros behind what the file gives, and nothing comes after it."""
    for number in program.loaded:
        if number != program.text:
            program.set("type", 0, number)
    return program.set("memory_size", size, program.text)


def entry_in_the_tail(program):
    with_tail(program, 16 * PAGE)
    end = program.get("address", program.text) + program.get("file_size", program.text)
    return program.set("entry", end + 4 * random.randrange(100), None)


@check("judge the segments")
def judge_the_segments(architecture):
    few = random.randrange(1, 5)
    judge(architecture, [
        ("a segment to write and execute", lambda program: program.set("flags", 7, program.text), "corrupt"),
        ("a segment not to be read", lambda program: program.set("flags", EXECUTE, program.text), "unsupported"),
        ("more of a segment in the file than in memory",
         lambda program: program.set("memory_size", program.get("file_size", program.text) - 1, program.text), "corrupt"),
        ("a segment behind the file's end",
         lambda program: program.set("offset", program.get("offset", program.text) + (few << 30), program.text), "corrupt"),
        ("a segment whose end in the file wraps around",
         lambda program: program.set("offset", program.get("offset", program.text) % PAGE - few * PAGE, program.text),
         "corrupt"),
        ("a segment's place in its page", lambda program: program.add("address", few, program.last), "misaligned"),
        ("a segment below user space", one_segment_too_low, "bad address"),
        ("a segment in the kernel", lambda program: program.add("address", 0xffff_ffff_8000_0000, program.last), "bad address"),
        ("a segment that ends above user space",
         lambda program: program.set("memory_size", HIGHEST - program.get("address", program.last) + 1, program.last),
         "bad address"),
        ("a segment whose end in memory wraps around",
         lambda program: program.set("memory_size", -few * PAGE, program.last), "bad address"),
        ("segments out of order", lambda program: program.swap(*program.loaded[:2]), "corrupt"),
        ("segments that share a page",
         lambda program: program.set("memory_size", program.get("address", program.loaded[1]) -
                                     program.get("address", program.loaded[0]) + 1, program.loaded[0]), "corrupt"),
        ("nothing to load", nothing_to_load, "corrupt"),
        ("its entry in no segment", lambda program: program.set("entry", few << 32), "corrupt"),
        ("its entry behind its text's last byte in the file", entry_in_the_tail, "corrupt"),
        ("its entry in a segment not to be executed", only_data, "corrupt"),
        ("segments larger than all memory", lambda program: with_tail(program, few << 32), "limit reached"),
        ("zeros behind its text", lambda program: with_tail(program, 16 * PAGE), None),
    ])


# ---- Calls ---------------------------------------------------------------------------------------------------------------


class OwnPrograms(Shell):
    """The shell, with the programs and files of an initrd of the grade's own."""

    def __init__(self, architecture, image):
        Machine.__init__(self, architecture, INITRD=image, DISK="none", NET="none")


def demand(kernel, line, pattern, expected):
    """Types a line; Failure unless the answer to it matches. Returns the match."""
    answer = kernel.command(line).partition("\n")[2]
    if not (match := re.search(pattern, answer)):
        raise Failure(f"{expected}, from `{line}`", answer.removesuffix("$ ").strip() or "(no output)")
    return match


def random_word(length):
    return "".join(random.choices(string.ascii_lowercase, k=length))


@check("lay out the stack")
def lay_out_the_stack(architecture):
    with Shell(architecture) as kernel:
        if not boots(kernel, "find the handler", "pass words in registers", "exit and wait"):
            return  # It runs, and makes its first call. What it was given can only be seen when it can say so.
        for count in (1, random.randrange(2, 12), random.randrange(17, 24)):  # More than 16 are kept on the heap.
            words = ["z" + random_word(random.randrange(1, 4)) for _ in range(count)]  # No file's name begins with that.
            demand(kernel, f"cat {' '.join(words)}", "".join(rf"cat: {word}: .*\n" for word in words),
                   f"`cat` to be given {count} names, none of which is a file's")
        top = HIGHEST - 256 * 1024
        demand(kernel, f"try peek {top:#x} poke {top + 8:#x} 1", r"peek: 0x0\npoke: done", "a stack of 256 KiB, down to its end")
        demand(kernel, f"try peek {top - 8:#x}", rf"read.* at {top - 8:#x}, pc .*: ended", "nothing below the stack")
        kernel.passes("test-calls", 20)


def system_call_count():
    """How many there are, by the table: their numbers are all below."""
    table = pathlib.Path("kernel/abi/system_call.h").read_text(encoding="utf-8")
    return int(re.search(r"system_call_count = (\d+);", table)[1])


@check("find the handler")
def find_the_handler(architecture):
    with Shell(architecture) as kernel:
        if not boots(kernel, "pass words in registers", "exit and wait"):
            return
        count = system_call_count()
        for number in (count, count + 1, random.randrange(count + 2, 1 << 20), 1 << 32, (1 << 32) + 24, 1 << 63, (1 << 64) - 1):
            demand(kernel, f"try call {number:#x} null", r"call: no such system call\nnull: 0x0, 0x0\n",
                   "no handler for that number, and the program going on")
        seen = demand(kernel, "try time call 12 null call 24",
                      r"time: 0x([0-9a-f]+), 0x0\ncall: 0x([0-9a-f]+), 0x0\nnull: 0x0, 0x0\ncall: 0x0, 0x0\n", "what `time` and `null` give")
        if not int(seen[1], 16) < int(seen[2], 16) < int(seen[1], 16) + 1_000_000_000:
            raise Failure("call 12 to be `time`, which goes on", seen[0])


@check("pass words in registers")
def pass_words_in_registers(architecture):
    content = bytes(random.choices(b"abcdefgh \n", k=random.randrange(1500, 3000))) + b"end\n"
    with initrd(programs(architecture), {"long": content}) as image, OwnPrograms(architecture, image) as kernel:
        if not boots(kernel, "exit and wait"):
            return  # init's first calls have come back with what it needs to start the shell.
        answer = kernel.command("cat long").partition("\n")[2].removesuffix("$ ")
        if answer.strip() != content.decode().strip():
            raise Failure(f"a file of {len(content)} bytes, read in 512 at a time by their offset, from `cat long`",
                          f"{len(answer)} characters, that end with {answer[-40:]!r}")
        five_words(kernel)
        two_results(kernel)
        kernel.type("ec")  # What is typed key wakes the shell, which makes its call again.
        kernel.expect("ec", 5, "what is typed at the prompt")
        kernel.type("ho typed\r")
        kernel.expect(rf"typed\ntyped\n(?s:.*?){SHELL_PROMPT}", 5, "`typed`, from `echo typed`, typed in two parts")
        kernel.passes("test-calls", 20)


def five_words(kernel):
    """`map` takes an address, a size, rights, a handle and an offset."""
    page, value = random.randrange(1, 8), random.randrange(1, 1 << 16)
    handle = demand(kernel, "try create 3 32768", r"create: (0x[0-9a-f]+),", "a memory object")[1]
    demand(kernel, f"try create 3 32768 map 0x700000 32768 3 @ 0 poke {0x70_0000 + page * PAGE:#x} {value} "
           f"map 0x800000 4096 1 {handle} {page * PAGE} peek 0x800000", f"peek: {value:#x}\n", f"page {page} of a memory object")


def two_results(kernel):
    """The second result of `spawn` is the process's number, that of `wait` the code."""
    number = int(demand(kernel, "true &", r"process (\d+)\n", "a job and its process")[1])
    again = int(demand(kernel, "true &", r"process (\d+)\n", "a job and its process")[1])
    if again != number + 1:
        raise Failure(f"process {number + 1} after process {number}", f"process {again}")


@check("exit and wait")
def exit_and_wait(architecture):
    with Shell(architecture) as kernel:
        boots(kernel)
        for line, code in (("true", 0), ("try", 2), ("crash", 2), ("crash null", 131), ("cat nowhere", 1), ("spin x", 1)):
            kernel.command(line)
            demand(kernel, "echo $?", rf"^{code}\n", f"{code}, the exit code of `{line}`")
        demand(kernel, "try wait 0x100000000 1", r"wait: timed out", "a deadline that passes while the process itself runs")
        job = demand(kernel, "true &", r"(\[\d+\]) process", "a job")[1]
        kernel.command("true")
        if f"{job} true: exited, code 0" not in kernel.output:
            raise Failure(f"`{job} true: exited, code 0` from the shell, which asks for a job that has ended already",
                          kernel.output[-300:])
        demand(kernel, "threads", "added up to 40000", "4 threads joined")
        code = random.randrange(1 << 33, 1 << 63)
        demand(kernel, f"try exit {code:#x}", rf"^$|^\$ $", "nothing, for it has exited")
        demand(kernel, "echo $?", rf"^{code}\n", "all 64 bits of an exit code")
        kernel.command(f"try thread_start 0x400000 {HIGHEST - PAGE:#x} 0 0 exit 77")  # The thread would fault, had it a turn.
        demand(kernel, "echo $?", r"^77\n", "77, the exit code of a process that ends with its second thread")
        code = random.randrange(3, 1 << 31)
        kernel.type(f"exit {code}\r")
        kernel.expect(rf"init: shell ended: exited, code {code};", 10,
                      f"init to be told of the shell's end, and of its code {code}")
        kernel.expect(SHELL_PROMPT, 10, "another shell")
