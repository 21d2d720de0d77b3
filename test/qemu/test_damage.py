"""Damaged descriptions of the machine: the kernel refuses them with a line that names the fault, and does not hang.

QEMU and firmware only hand over sound ones. So the machine is stopped at the kernel's first instruction, through QEMU's gdb
stub, and the device tree or the ACPI tables are changed in its memory.
"""

import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from debug_stub import DebugStub
from machine import ROOT, qemu_command

# Where the loader enters each kernel, and which register then points at the description (by gdb's number).
ENTRY = {"arm64": 0x4020_0000, "rv64": 0x8020_0000, "x64": 0x20_0000}
POINTER = {"arm64": 0, "rv64": 11, "x64": 1}  # x0, a1, rbx


@pytest.fixture
def stopped(start, architecture):
    """A machine before the kernel's first instruction: (machine, stub, address of what firmware hands over)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gdb"
        machine = start(QEMU_EXTRA=DebugStub.qemu_options(path))
        stub = DebugStub(path)
        stub.run_to(ENTRY[architecture])
        yield machine, stub, stub.register(POINTER[architecture])
        stub.close()


def refusal(machine, stub):
    """Lets the machine run on; returns the line with which it gave up."""
    stub.go_on()
    printed = machine.wait_for_exit()
    assert machine.exit_status != 0
    assert "Hello World from Trivium" in printed
    return re.search(r"KERNEL PANIC.*(?:\n  .*)?", printed)[0]


def big_endian(value):
    return value.to_bytes(4, "big")


def test_untouched_machine_boots(stopped):
    """The stub itself does no harm: without it, the tests below would prove nothing."""
    machine, stub, _ = stopped
    stub.go_on()
    machine.boot()


# Offsets are those of the header in the Devicetree Specification 5.2.
TREE_DAMAGE = {
    "magic": (0, big_endian(0xDEADBEEF), "0xdeadbeef"),
    "total size of nothing": (4, big_endian(0), "0 bytes"),
    "total size of everything": (4, big_endian(0xFFFFFFF0), "4294967280"),
    "structure block outside": (8, big_endian(0x7FFFFF00), "structure block.*0x7fffff00"),
    "structure block misaligned": (8, big_endian(0x39), "structure block.*0x39"),
    "strings block outside": (12, big_endian(0x7FFFFF00), "strings block.*0x7fffff00"),
    "reservations outside": (16, big_endian(0x7FFFFF00), "reservation.*0x7fffff00"),
    "version of the future": (20, big_endian(99) + big_endian(98), "version 99"),
}


@pytest.mark.only("arm64", "rv64")
@pytest.mark.parametrize("damage", TREE_DAMAGE)
def test_damaged_header_of_the_tree(stopped, damage):
    machine, stub, tree = stopped
    offset, data, named = TREE_DAMAGE[damage]
    stub.write(tree + offset, data)
    line = refusal(machine, stub)
    assert "device tree" in line
    assert re.search(named, line), line


@pytest.mark.only("arm64", "rv64")
def test_damaged_structure_of_the_tree(stopped):
    """A token that is none, where the root node begins."""
    machine, stub, tree = stopped
    structure = int.from_bytes(stub.read(tree + 8, 4), "big")
    stub.write(tree + structure, big_endian(0x77))
    line = refusal(machine, stub)
    assert re.search(r"device tree.*token", line, re.DOTALL), line


def little_endian(data):
    return int.from_bytes(data, "little")


class Acpi:
    """Finds tables in the memory of a stopped machine, from PVH's start_info (its field at 32 is the RSDP's address)."""

    def __init__(self, stub, start_info):
        self._stub = stub
        self.rsdp = little_endian(stub.read(start_info + 32, 8))

    def table(self, signature):
        root = little_endian(self._stub.read(self.rsdp + 16, 4))
        length = little_endian(self._stub.read(root + 4, 4))
        entries = self._stub.read(root + 36, length - 36)
        for offset in range(0, len(entries), 4):
            address = little_endian(entries[offset:offset + 4])
            if self._stub.read(address, 4) == signature:
                return address
        raise AssertionError(f"QEMU has no {signature!r}")

    def change(self, address, data, checksum_at):
        """Writes data and corrects the checksum for it, so that only the data is wrong."""
        old = self._stub.read(address, len(data))
        checksum = self._stub.read(checksum_at, 1)[0]
        self._stub.write(address, data)
        self._stub.write(checksum_at, bytes([(checksum + sum(old) - sum(data)) % 256]))


@pytest.mark.only("x64")
def test_no_rsdp(stopped):
    machine, stub, start_info = stopped
    stub.write(Acpi(stub, start_info).rsdp, b"XSD PTR ")
    assert re.search("RSDP.*signature", refusal(machine, stub))


@pytest.mark.only("x64")
def test_checksum_of_the_rsdp(stopped):
    machine, stub, start_info = stopped
    rsdp = Acpi(stub, start_info).rsdp
    stub.write(rsdp + 8, bytes([stub.read(rsdp + 8, 1)[0] ^ 1]))
    assert re.search("RSDP.*checksum", refusal(machine, stub))


@pytest.mark.only("x64")
@pytest.mark.parametrize("signature, name", [(b"APIC", "MADT|APIC"), (b"FACP", "FADT|FACP"), (b"HPET", "HPET")])
def test_checksum_of_a_table(stopped, signature, name):
    machine, stub, start_info = stopped
    table = Acpi(stub, start_info).table(signature)
    stub.write(table + 36, bytes([stub.read(table + 36, 1)[0] ^ 1]))
    assert re.search(f"({name}).*checksum", refusal(machine, stub))


@pytest.mark.only("x64")
def test_table_of_impossible_length(stopped):
    machine, stub, start_info = stopped
    table = Acpi(stub, start_info).table(b"APIC")
    stub.write(table + 4, (0xFFFFFFF0).to_bytes(4, "little"))
    assert re.search("MADT.*4294967280", refusal(machine, stub))


@pytest.mark.only("x64")
def test_entry_without_length(stopped):
    """An entry of length 0 would be read for ever."""
    machine, stub, start_info = stopped
    acpi = Acpi(stub, start_info)
    table = acpi.table(b"APIC")
    acpi.change(table + 44 + 1, b"\0", checksum_at=table + 9)
    assert re.search("MADT.*entry", refusal(machine, stub))


def dumped_tree(architecture, folder):
    """The device tree that QEMU would hand over, as source text."""
    blob = folder / "machine.dtb"
    command = qemu_command(architecture, {"DISK": "none", "INITRD": "none"})
    command[command.index("-machine") + 1] += f",dumpdtb={blob}"
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)], check=True, capture_output=True, text=True).stdout


def start_with_tree(start, source, folder):
    blob = folder / "changed.dtb"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(blob), "-"], input=source, text=True, check=True)
    return start(QEMU_EXTRA=f"-dtb {blob}")


def refusal_without(start, architecture, name, folder):
    """Renames a part in QEMU's own device tree, boots with that, and returns the line with which the kernel gave up."""
    source, count = re.subn(re.escape(name), "no-such,part", dumped_tree(architecture, folder))
    assert count > 0, "the tree has nothing to change"
    machine = start_with_tree(start, source, folder)
    printed = machine.wait_for_exit()
    assert machine.exit_status != 0
    return re.search(r"KERNEL PANIC.*", printed)[0]


@pytest.mark.only("arm64", "rv64")
def test_tree_without_interrupt_controller(start, architecture, tmp_path):
    name = {"arm64": "arm,gic-v3", "rv64": r"sifive,plic-1.0.0\0riscv,plic0"}[architecture]
    assert re.search("interrupts.*(gic-v3|plic)", refusal_without(start, architecture, name, tmp_path))


@pytest.mark.only("arm64")
def test_tree_without_timer(start, architecture, tmp_path):
    """On rv64 OpenSBI needs the timer's frequency itself, and stops before there is a kernel."""
    assert "timer" in refusal_without(start, architecture, "arm,armv8-timer", tmp_path)


NOWHERE = 0x70_0000_0000  # No machine has RAM there.


@pytest.mark.only("arm64", "rv64")
def test_tree_with_initrd_outside_of_memory(start, architecture, tmp_path):
    """The kernel goes on without programs."""
    chosen = f"\n/ {{ chosen {{ linux,initrd-start = <{NOWHERE >> 32:#x} 0>; linux,initrd-end = <{NOWHERE >> 32:#x} 0x1000>; }}; }};\n"
    machine = start_with_tree(start, dumped_tree(architecture, tmp_path) + chosen, tmp_path)
    assert f"init: the initrd, 4096 bytes at {NOWHERE:#x}, cannot be used: bad address" in machine.boot()


@pytest.mark.only("x64")
def test_module_outside_of_memory(start, architecture, tmp_path):
    """The same with the PVH loader's list of modules (start_info: count at 12, address of the list at 16)."""
    machine = start(QEMU_EXTRA=DebugStub.qemu_options(tmp_path / "gdb"), INITRD="build/x64/initrd.cpio")
    stub = DebugStub(tmp_path / "gdb")
    stub.run_to(ENTRY[architecture])
    stub.use_physical_addresses()
    start_info = stub.register(POINTER[architecture])
    assert stub.read(start_info + 12, 4) == (1).to_bytes(4, "little")
    stub.write(int.from_bytes(stub.read(start_info + 16, 8), "little"), NOWHERE.to_bytes(8, "little"))
    stub.go_on()
    assert re.search(f"init: the initrd, \\d+ bytes at {NOWHERE:#x}, cannot be used: bad address", machine.boot())
