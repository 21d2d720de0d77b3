"""Lab 2: what firmware tells of a machine, compared with how QEMU was told to build it."""

import pathlib
import random
import re
import shutil
import subprocess
import tempfile

from grading import check
from machine import Failure, Machine, qemu_command

# Where QEMU puts what every one of its machines of that kind has (its own documentation: hw/arm/virt, hw/riscv/virt, q35).
REGISTERS = {
    "arm64": {"pl011": 0x0900_0000, "pl031": 0x0901_0000, "arm,gic-v3 ": 0x0800_0000},
    "rv64": {"ns16550a": 0x1000_0000, "goldfish-rtc": 0x0010_1000, "plic": 0x0c00_0000},
    "x64": {"local-apic": 0xfee0_0000, "ioapic": 0xfec0_0000},
}
INTERRUPTS = {
    "arm64": {"pl011": "33", "pl031": "34", "armv8-timer": "29, 30, 27, 26"},
    "rv64": {"ns16550a": "10", "goldfish-rtc": "11"},
    "x64": {"ns16550a": "4", "mc146818": "8"},
}
# What more the kernel took from the words of an interrupt: a command, a pattern in its answer, and the same for people.
DECODED = {
    "arm64": ("interrupts", r"33 +level .* console", "the console's line 33 with trigger level in `interrupts`"),
    "x64": ("tree", r"interrupt 0: is global interrupt 2, edge, active high(?s:.*)interrupt 9: is global interrupt 9, level",
            "in `tree`: ISA interrupt 0 is global interrupt 2, edge, active high; 9 is 9, level"),
}


def line_of(answer, device):
    for line in answer.splitlines():
        if device in line:
            return line
    raise Failure(f"a device called '{device.strip()}' in `devices`", answer)


def edit_tree(architecture, folder, text):
    """QEMU's device tree of the machine with more source text behind it, as a file for -dtb."""
    if not shutil.which("dtc"):
        raise Failure("dtc, the device-tree compiler, with which this check makes a tree", "none in PATH: see `make doctor`")
    blob, source = pathlib.Path(folder) / "machine.dtb", pathlib.Path(folder) / "machine.dts"
    subprocess.run(qemu_command(architecture, DISK="none", INITRD="none", QEMU_EXTRA=f"-machine dumpdtb={blob}"), check=True,
                   capture_output=True)
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-o", source, blob], check=True)
    source.write_text(source.read_text() + text)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, source], check=True)
    return blob


def buses(outer, inner):
    """Devices on a bus on a bus, whose addresses are off by `inner` and `outer`."""
    return f"""
/ {{ grade-bus {{ compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges = <0 0 {outer:#x} 0x100000>;
    inner-bus {{ compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges = <0x40000 {inner:#x} 0x10000>;
        seen@41000 {{ compatible = "grade,seen"; reg = <0x41000 0x200>; }};
        unseen@60000 {{ compatible = "grade,unseen"; reg = <0x60000 0x200>; }}; }}; }}; }};
"""


def check_buses(architecture):
    """The rest of the first step where there is a device tree: QEMU's own maps no address to another."""
    outer, inner = 0x0b00_0000 + random.randrange(8) * 0x10_0000, random.randrange(1, 8) * 0x1_0000
    with tempfile.TemporaryDirectory(prefix="trivium-grade-") as folder:
        blob = edit_tree(architecture, folder, buses(outer, inner))
        with Machine(architecture, QEMU_EXTRA=f"-dtb {blob}") as kernel:
            kernel.boot()
            answer = kernel.command("devices")
    wanted = f"{outer + inner + 0x1000:#012x}"
    if wanted not in line_of(answer, "grade,seen"):
        raise Failure(f"registers at {wanted} of a device with reg = <0x41000 0x200>, on a bus with "
                      f"ranges = <0x40000 {inner:#x} 0x10000>, on a bus with ranges = <0 0 {outer:#x} 0x100000>",
                      line_of(answer, "grade,seen"))
    if "grade,unseen" in answer:
        raise Failure("no device at 0x60000 of a bus that maps only 0x40000 to 0x50000: the CPU cannot reach it",
                      line_of(answer, "grade,unseen"))


@check("find the registers")
def find_the_registers(architecture):
    cpus = random.choice((2, 3, 5))
    with Machine(architecture, SMP=cpus) as kernel:
        kernel.boot(15)  # They all use up virtual time, although one does the work.
        answer = kernel.command("devices")
        if len(re.findall(r"^  cpu 0x", answer, re.M)) != cpus:
            raise Failure(f"{cpus} CPUs in `devices`, as the machine has", answer)
        for device, address in REGISTERS[architecture].items():
            line = line_of(answer, device)
            if f"{address:#012x}" not in line:
                raise Failure(f"registers of '{device.strip()}' at {address:#012x}", line)
    if architecture != "x64":
        check_buses(architecture)


@check("decode an interrupt")
def decode_an_interrupt(architecture):
    with Machine(architecture) as kernel:
        kernel.boot()
        answer = kernel.command("devices")
        for device, numbers in INTERRUPTS[architecture].items():
            line = line_of(answer, device)
            if not line.endswith(f"irq {numbers}"):
                raise Failure(f"'{device}' with irq {numbers}", line)
        if architecture in DECODED:
            command, pattern, wanted = DECODED[architecture]
            answer = kernel.command(command)
            if not re.search(pattern, answer):
                raise Failure(wanted, "\n".join(re.findall(r".*(?:console|ISA interrupt).*", answer)))


def memory_in_pieces(architecture, folder):
    """Knobs for a machine whose firmware lists its memory in several pieces, and the MiB of each range that they make."""
    first = random.choice((24, 40, 56))
    if architecture == "x64":  # What does not fit below the PCI devices goes on at 4 GiB.
        return {"MEM": f"{3072 + first}M"}, [2048, 1024 + first]
    if architecture == "rv64":
        pieces = ((0, first), (first, 64 - first), (80, 48))
        cells = " ".join(f"0 {0x8000_0000 + (start << 20):#x} 0 {size << 20:#x}" for start, size in pieces)
        blob = edit_tree(architecture, folder, f"&{{/memory@80000000}} {{ reg = <{cells}>; }};\n")
        return {"QEMU_EXTRA": f"-dtb {blob}"}, [64, 48]
    nodes = [f"-object memory-backend-ram,id=piece{size},size={size}M -numa node,memdev=piece{size}" for size in (first, 64)]
    return {"MEM": f"{first + 64}M", "QEMU_EXTRA": " ".join(nodes)}, [first + 64]


@check("merge the memory")
def merge_the_memory(architecture):
    with tempfile.TemporaryDirectory(prefix="trivium-grade-") as folder:
        knobs, wanted = memory_in_pieces(architecture, folder)
        with Machine(architecture, **knobs) as kernel:
            kernel.boot()
            answer = kernel.command("memory")
    ranges = re.findall(r"^  0x\w+-0x\w+ +(\d+) KiB  RAM$", answer, re.M)
    if [int(size) for size in ranges] != [size * 1024 for size in wanted]:
        raise Failure("of what touches one range in `memory`, and none over a gap: "
                      + ", ".join(f"{size * 1024} KiB" for size in wanted), answer[:600])
