"""Boot: the first line, the prompt, every CPU, interrupt controller and size of memory that is promised."""

import re

import pytest

HELLO = {
    "arm64": "Hello World from Trivium on arm64 (QEMU virt)",
    "x64": "Hello World from Trivium on x64 (QEMU q35)",
    "rv64": "Hello World from Trivium on rv64 (QEMU virt)",
}

# Every CPU, GIC and entry level, and every pair of two of them.
ARM64_MACHINES = [
    {"CPU": "cortex-a53", "GIC": 2, "VIRTUALIZATION": "on"},
    {"CPU": "cortex-a53", "GIC": 3, "VIRTUALIZATION": "off"},
    {"CPU": "cortex-a57", "GIC": 2, "VIRTUALIZATION": "off"},
    {"CPU": "cortex-a57", "GIC": 3, "VIRTUALIZATION": "on"},
    {"CPU": "cortex-a76", "GIC": 2, "VIRTUALIZATION": "on"},
    {"CPU": "cortex-a76", "GIC": 3, "VIRTUALIZATION": "off"},
    {"CPU": "max", "GIC": 2, "VIRTUALIZATION": "off"},
    {"CPU": "max", "GIC": 3, "VIRTUALIZATION": "on"},
]
MACHINES = {
    "arm64": [*ARM64_MACHINES, {"SMP": 4}, {"SMP": 4, "GIC": 2}],
    "x64": [{"CPU": "qemu64"}, {"CPU": "max"}, {"SMP": 4}],
    "rv64": [{"CPU": "rv64"}, {"CPU": "rv64,sstc=off"}, {"SMP": 4}, {"SMP": 4, "CPU": "rv64,sstc=off"}],
}
MEMORY_SIZES = dict.fromkeys(HELLO, [{"MEM": "64M"}, {"MEM": "128M"}, {"MEM": "1G"}, {"MEM": "4G"}])


def mebibytes(size):
    return int(size[:-1]) * {"M": 1, "G": 1024}[size[-1]]


def test_hello_comes_first(start, architecture):
    """Only firmware may speak before: OpenSBI on rv64, SeaBIOS on x64."""
    machine = start()
    machine.expect_text(HELLO[architecture] + "\r\n")
    assert architecture != "arm64" or machine.before == ""
    assert "cpu0]" not in machine.before


def test_reaches_the_prompt(start, architecture):
    assert HELLO[architecture] in start().boot().splitlines()


@pytest.mark.variants(MACHINES)
def test_boots_on(boot, knobs):
    """Prompt, timer and console interrupts work on each machine; all of its CPUs are listed."""
    machine = boot(**knobs)
    assert machine.command("ticks 1").split() == ["tick", "1"]
    cpus = re.findall(r"^\s*cpu 0x", machine.command("devices"), re.MULTILINE)
    assert len(cpus) == knobs.get("SMP", 1)


@pytest.mark.variants(MEMORY_SIZES)
def test_finds_all_memory(start, knobs):
    machine = start(**knobs)
    printed = machine.boot()
    size = mebibytes(knobs["MEM"])
    found = re.search(r"(\d+) MiB of RAM", printed)
    assert found, "no line says how much RAM there is"
    # What firmware keeps for itself on a PC is not RAM that the kernel is told of.
    assert size - 2 <= int(found[1]) <= size
    assert re.search(rf"\b{found[1]}\b", machine.command("memory"))


def test_passes_the_command_line(boot):
    machine = boot(APPEND="colour=teal")
    assert f"colour=teal nonce={machine.nonce}" in machine.command("log")


def test_debug_build_boots(boot):
    machine = boot(DEBUG=1)
    assert machine.command("ticks 1").split() == ["tick", "1"]
