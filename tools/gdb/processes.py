"""gdb commands for what runs in user mode: processes, threads with their backtraces, page tables, a program's symbols."""

import contextlib
import os
import re
from pathlib import Path

import gdb
import kernel
import machine
from command import Command

USER_END = 1 << 38  # hal::user_end
DEEPEST = 64  # Frames, of a chain that may be damaged.


class Programs:
    """The symbols of programs: all are linked at the same address, so that those of one are loaded at a time."""

    loaded = None

    @staticmethod
    def path(name):
        return Path(gdb.objfiles()[0].filename).parent / "user" / f"{name}.elf"

    @classmethod
    def load(cls, name):
        """None for no program's. False where there is no file of that name."""
        if name is not None and not cls.path(name).exists():
            return False
        if cls.loaded:
            gdb.execute(f"remove-symbol-file {cls.path(cls.loaded)}", to_string=True)
        cls.loaded = name
        if name:
            gdb.execute(f"add-symbol-file {cls.path(name)}", to_string=True)
        return True

    @classmethod
    @contextlib.contextmanager
    def of(cls, name):
        """Those of one program for a while, and then those that were loaded before."""
        before = cls.loaded
        if before != name:
            cls.load(name)
        try:
            yield
        finally:
            if cls.loaded != before:
                cls.load(before)


def function_at(address):
    """The function that holds an address, without its parameters; empty where no symbol is known."""
    symbol = gdb.execute(f"info symbol {address:#x}", to_string=True)
    if symbol.startswith("No symbol"):
        return ""
    return re.sub(r"\((?!anonymous namespace\)).*\)| \+ .*", "", symbol.partition(" in section")[0]).strip()


def place_of(address):
    """The function, file and line of a program counter, as far as they are known."""
    line = gdb.find_pc_line(address)
    file = os.path.relpath(line.symtab.fullname()) if line.symtab else ".."
    return function_at(address) + ("" if file.startswith("..") else f" at {file}:{line.line}")


@contextlib.contextmanager
def on_cpu(index):
    """With that CPU selected in gdb."""
    before = gdb.selected_thread()
    kernel.gdb_thread_of(index).switch()
    try:
        yield
    finally:
        before.switch()


def registers_of(thread, cpu):
    """Of a thread in user mode: in the CPU that runs it, or where the kernel has saved them.

    A CPU that was stopped on its first instructions in the kernel has not saved them yet: those of the time before are shown.
    """
    names = machine.this_machine()
    wanted = [name for name in (names.program_counter, names.frame_pointer, names.link) if name]
    if cpu is not None:
        with on_cpu(cpu):
            frame = gdb.newest_frame()
            values = {name: int(frame.read_register(name)) & (1 << 64) - 1 for name in wanted}
        if values[names.program_counter] < USER_END:
            return values
    return {name: int(value) for name, value in names.saved(thread["context"]).items()}


def thread_here():
    """The process::Thread that runs on the selected CPU, or None."""
    selected = gdb.selected_thread().num
    for index, cpu in kernel.cpus():
        if kernel.gdb_thread_of(index).num == selected and cpu["current"] != 0:
            return cpu["current"].cast(gdb.lookup_type("process::Thread").pointer()).dereference()
    return None


def root_of(process):
    if process["space"] == 0:
        raise gdb.GdbError("the process has ended: its address space is gone")
    return int(process["space"]["table_"]["root_"]["value"])


def read_word(root, address):
    """A word of a program's memory, or None."""
    physical = machine.translate(root, address) if address % 8 == 0 and address < USER_END else None
    return None if physical is None else machine.read_words(physical, 1)[0]


def return_addresses(root, registers):
    """The program counter, and then where each function returns to, along the chain of frame pointers.

    A link register that points out of the function that runs is a leaf's: that one has saved no return address.
    """
    names = machine.this_machine()
    pc, frame = registers[names.program_counter], registers[names.frame_pointer]
    yield pc
    link = registers.get(names.link)
    back = read_word(root, frame + names.return_address)
    if link and link != back and function_at(link) not in ("", function_at(pc)):
        yield link
        if names.next_frame != 0:  # A leaf of rv64 keeps its caller's frame pointer where a return address would be.
            frame = back
            back = read_word(root, frame + names.return_address) if frame else None
    for _ in range(DEEPEST):
        if not back:
            return
        yield back
        frame = read_word(root, frame + names.next_frame)
        back = read_word(root, frame + names.return_address) if frame else None


def print_thread(thread, running):
    cpu = running.get(kernel.scheduled(thread))
    where = f"on cpu{int(thread['cpu'])}" if cpu is not None else f"last on cpu{int(thread['cpu'])}"
    print(f"  thread {int(thread['number'])}: {kernel.enumerator(thread['state'])}, priority {int(thread['priority'])}, {where}")
    chain = return_addresses(root_of(thread["process"]), registers_of(thread, cpu))
    for number, address in enumerate(chain):
        call = address - 1 if number > 0 else address  # What returns there may be the last of its line.
        print(f"    #{number:<3}{address:#x}  {place_of(call)}".rstrip())


def print_threads(process, running):
    name = kernel.text(process["name"])
    print(f"process {int(process['pid']['value'])} ({name})")
    with Programs.of(name):
        for thread in kernel.threads(process):
            print_thread(thread, running)


class Processes(Command):
    """List processes: whose child each is, its threads and their states, and its frames."""

    name = "trivium-processes"

    def invoke(self, argument, from_tty):
        with machine.kernel_view():
            print("   id  parent  frames  name              threads")
            for process in kernel.processes():
                parent = int(process["parent"]["pid"]["value"]) if process["parent"] != 0 else 0
                states = " ".join(kernel.enumerator(thread["state"]) for thread in kernel.threads(process))
                print(f"{int(process['pid']['value']):>5}  {parent or '-':>6}  {int(process['account']['frames_']):>6}"
                      f"  {kernel.text(process['name']):<16}  {states or kernel.enumerator(process['end']['ending'])}")


class Threads(Command):
    """Show threads and their backtraces in user mode: trivium-threads [PROCESS], a name or an id; all without."""

    name = "trivium-threads"

    def invoke(self, argument, from_tty):
        with machine.kernel_view():
            running = kernel.running_threads()
            for process in [kernel.process_of(argument)] if argument else kernel.processes():
                print_threads(process, running)


class PageTable(Command):
    """Walk the page table to an address: trivium-pagetable ADDRESS [PROCESS]; without, of the process that runs here."""

    name = "trivium-pagetable"

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if len(words) not in (1, 2):
            raise gdb.GdbError("usage: trivium-pagetable ADDRESS [PROCESS]")
        value = gdb.parse_and_eval(words[0])
        address = int(value.address if value.type.code == gdb.TYPE_CODE_FUNC else value) & (1 << 64) - 1
        with machine.kernel_view():
            self.show(self.root(address, words[1:]), address)

    def root(self, address, process):
        if address >= USER_END:
            return int(kernel.kernel_table()["root_"]["value"])
        if process:
            return root_of(kernel.process_of(process[0]))
        thread = thread_here()
        if thread is None:
            raise gdb.GdbError("no thread runs on this CPU: name a process, of those that trivium-processes lists")
        return root_of(thread["process"])

    def show(self, root, address):
        names = machine.this_machine()
        for level, table, index, entry in machine.walk(root, address):
            meaning = self.meaning(names, entry, level)
            print(f"  level {level}  table {table:#014x}  entry {index:>3}  {entry:#018x}  {meaning}")
        physical = machine.translate(root, address)
        print(f"{address:#x} is " + ("not mapped" if physical is None else f"at physical {physical:#x}"))

    def meaning(self, names, entry, level):
        if not machine.bit(entry, 0):
            return "empty"
        if not names.is_leaf(entry, level):
            return f"table {names.address(entry):#x}"
        bits = names.meaning(entry)
        rights = f"r{'w' if bits['writable'] else '-'}{'x' if bits['executable'] else '-'}"
        return " ".join([f"leaf {names.address(entry):#x}", rights, *(name for name in ("user", "global", "device") if bits[name])])


class Symbols(Command):
    """Load a program's symbols, in place of another one's: trivium-symbols PROGRAM; without, of the process that runs here."""

    name = "trivium-symbols"

    def invoke(self, argument, from_tty):
        name = argument or program_here()
        if not name:
            raise gdb.GdbError("no process runs on this CPU: name a program")
        if not Programs.load(name):
            raise gdb.GdbError(f"no {Programs.path(name)}: `make programs` builds the programs of user/")
        print(f"{name}: symbols of {os.path.relpath(Programs.path(name))}")
        print(f"Other programs have other code at the same addresses: break FUNCTION if $_program(\"{name}\")")


def program_here():
    """The name of the process whose thread runs on the selected CPU, or None."""
    with machine.kernel_view():
        thread = thread_here()
        return kernel.text(thread["process"]["name"]) if thread else None


class IsProgram(gdb.Function):
    """For a breakpoint's condition, $_program("shell"): whether it is that program's process that runs here."""

    def __init__(self):
        super().__init__("_program")

    def invoke(self, name):
        return program_here() == name.string()


IsProgram()
COMMANDS = [Processes, Threads, PageTable, Symbols]
