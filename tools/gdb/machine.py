"""What gdb must know of each machine by itself: registers, stack frames, page-table entries, and how to look like the kernel."""

import contextlib

import gdb

ENTRIES = 512
PAGE_SHIFT = 12
ADDRESS_MASK = 0x000F_FFFF_FFFF_F000


def bit(entry, number):
    return entry >> number & 1 == 1


class Arm64:
    direct_map = 0xFFFF_0000_0000_0000
    program_counter, frame_pointer, link = "pc", "x29", "x30"
    next_frame, return_address = 0, 8  # From the frame pointer on (AAPCS64 6.4.6)

    @staticmethod
    def saved(context):
        return {"pc": context["pc"], "x29": context["x"]["_M_elems"][29], "x30": context["x"]["_M_elems"][30]}

    @staticmethod
    def levels():
        return 4

    @staticmethod
    def is_leaf(entry, level):
        return level == 0 or not bit(entry, 1)

    @staticmethod
    def address(entry):
        return entry & 0x0000_FFFF_FFFF_F000

    @staticmethod
    def meaning(entry):
        user = bit(entry, 6)
        return {"user": user, "writable": not bit(entry, 7), "executable": not bit(entry, 54 if user else 53),
                "global": not bit(entry, 11), "device": entry >> 2 & 7 == 1}

    # QEMU translates addresses as the selected CPU would in its mode: in user mode the kernel's cannot be read.
    mode, user_mode, kernel_mode = "cpsr", lambda value: value & 0xC == 0, lambda value: value & ~0xF | kernel_level() << 2 | 1


def kernel_level():
    """2 where the kernel stays at EL2, as a host with VHE."""
    control = gdb.parse_and_eval("$HCR_EL2")
    return 2 if control.type.code != gdb.TYPE_CODE_VOID and bit(int(control), 34) else 1


class Rv64:
    direct_map = 0xFFFF_FFC0_0000_0000
    program_counter, frame_pointer, link = "pc", "fp", "ra"
    next_frame, return_address = -16, -8

    @staticmethod
    def saved(context):
        return {"pc": context["sepc"], "fp": context["x"]["_M_elems"][8], "ra": context["x"]["_M_elems"][1]}

    @staticmethod
    def levels():
        sv48 = 9  # satp.MODE (RISC-V Privileged 4.1.11)
        return 4 if int(gdb.parse_and_eval("$satp")) >> 60 & 0xF == sv48 else 3

    @staticmethod
    def is_leaf(entry, _level):
        return entry & 0xE != 0

    @staticmethod
    def address(entry):
        return (entry >> 10 & 0xFFF_FFFF_FFFF) << PAGE_SHIFT

    @staticmethod
    def meaning(entry):
        return {"user": bit(entry, 4), "writable": bit(entry, 2), "executable": bit(entry, 3), "global": bit(entry, 5),
                "device": bit(entry, 8)}

    mode, user_mode, kernel_mode = "priv", lambda value: value == 0, lambda _value: 1


class X64:
    direct_map = 0xFFFF_8000_0000_0000
    program_counter, frame_pointer, link = "rip", "rbp", None
    next_frame, return_address = 0, 8

    @staticmethod
    def saved(context):
        return {"rip": context["rip"], "rbp": context["rbp"]}

    @staticmethod
    def levels():
        return 4

    @staticmethod
    def is_leaf(entry, level):
        return level == 0 or bit(entry, 7)

    @staticmethod
    def address(entry):
        return entry & ADDRESS_MASK

    @staticmethod
    def meaning(entry):
        return {"user": bit(entry, 2), "writable": bit(entry, 1), "executable": not bit(entry, 63), "global": bit(entry, 8),
                "device": entry >> 3 & 3 == 3}

    mode = None  # QEMU lets gdb read whatever is mapped.


def this_machine():
    name = gdb.selected_inferior().architecture().name()
    for start, machine in (("aarch64", Arm64), ("riscv", Rv64), ("i386", X64)):
        if name.startswith(start):
            return machine
    raise gdb.GdbError(f"{name} is no machine of ours")


@contextlib.contextmanager
def kernel_view():
    """While this lasts the selected CPU can be asked for the kernel's memory, whichever mode it was stopped in."""
    machine = this_machine()
    before = int(gdb.parse_and_eval(f"${machine.mode}")) if machine.mode else None
    if before is None or not machine.user_mode(before):
        yield
        return
    gdb.execute(f"set ${machine.mode} = {machine.kernel_mode(before):#x}")
    try:
        yield
    finally:
        gdb.execute(f"set ${machine.mode} = {before:#x}")


def read_words(physical, count):
    """Words of physical memory, through the direct map."""
    memory = gdb.selected_inferior().read_memory(this_machine().direct_map + physical, 8 * count).tobytes()
    return [int.from_bytes(memory[8 * i:8 * i + 8], "little") for i in range(count)]


def walk(root, address):
    """Yields (level, table, index, entry) from the root to the leaf, or to an entry that is empty."""
    machine = this_machine()
    table = root
    for level in reversed(range(machine.levels())):
        index = address >> PAGE_SHIFT + 9 * level & ENTRIES - 1
        entry = read_words(table + 8 * index, 1)[0]
        yield level, table, index, entry
        if not bit(entry, 0) or machine.is_leaf(entry, level):
            return
        table = machine.address(entry)


def translate(root, address):
    """The physical address, or None where nothing is mapped."""
    *_, (level, _table, _index, entry) = walk(root, address)
    if not bit(entry, 0):
        return None
    size = 1 << PAGE_SHIFT + 9 * level
    return (this_machine().address(entry) & ~(size - 1)) + (address & size - 1)
