#!/usr/bin/env python3
"""make bench: what the kernel's operations cost, in one table for the architectures and in build/bench.json.

Rows in instructions come from a machine under `-icount shift=0`, where each instruction takes a nanosecond; the kernel, or the
program user/bench, measures itself and leaves out what it slept, since how long a device takes is QEMU's and the host's affair.
(`sleep=off` would jump over that sleep to the next deadline; a sleeping rv64 has none before the end of time.) For the boot QEMU
itself counts, as it does while it records a run. Rows ending in _mib_s are wall-clock time. docs/performance.md has more.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "qemu"))

from debug_stub import DebugStub  # noqa: E402
from machine import LOGS, Machine, Qmp, Surprise, make_environment  # noqa: E402

# The kernel is told its address, so that nothing depends on when DHCP is done. QEMU's network keeps its own IPv6 to itself.
COUNTING = {"QEMU_EXTRA": "-icount shift=0,align=off", "NET": "user,ipv6=off", "APPEND": "ip=10.0.2.15/24,10.0.2.2",
            "SMP": "1"}
SHELL_PROMPT = r"\n\$ "
ENTRY = {"arm64": 0x4020_0000, "rv64": 0x8020_0000, "x64": 0x20_0000}  # The kernel's first instruction.
DISK_MIB = 256
REPETITIONS = 3  # The median is taken.

# Where a row is measured: at the shell's prompt, at the kernel's own, there by the clock, or by QEMU from outside.
SHELL, MONITOR, CLOCK, OUTSIDE = "shell", "monitor", "clock", "outside"

# Name, the command that prints it, where, and what it means.
ROWS = [
    ("null_syscall", "bench null_syscall", SHELL, "instructions for a system call that does nothing, from a program and back to it"),
    ("ipc_call", "bench ipc_call", SHELL, "instructions for a call, from a program to the one that receives it in another process"),
    ("ipc_reply_receive", "bench ipc_reply_receive", SHELL, "instructions for a reply that waits for the next message, back to the caller"),
    ("ipc_round_trip", "bench ipc_round_trip", SHELL, "instructions for a call to another process and its reply"),
    ("ipc_slow", "bench ipc_slow", SHELL, "instructions for a call with ten words as bytes, one way"),
    ("signal_wake", "bench signal_wake", SHELL, "instructions from a signal to whoever waited for it, in another process and more urgent"),
    ("fault_round_trip", "bench fault_round_trip", SHELL, "instructions for a fault, told to a handler in another process, and back"),
    ("capability_transfer", "bench capability_transfer", SHELL, "instructions that a capability adds to a message"),
    ("revoke_per_child", "bench revoke_per_child", SHELL, "instructions for revoking, for each capability that goes"),
    ("yield", "bench yield", SHELL, "instructions from one process to another, by yield"),
    ("demand_zero_page", "bench demand_zero_page", SHELL, "instructions for the first touch of a page"),
    ("spawn_exit_wait", "bench spawn_exit_wait", SHELL, "instructions for starting the smallest program, its run, and its end"),
    ("boot_to_prompt", None, OUTSIDE, "instructions from the kernel's first one to the shell's prompt"),
    ("blk_request", "bench blk_request", MONITOR, "instructions for reading a sector, alone: mean of the middle half of 2000"),
    ("net_frame", "net bench 1000", MONITOR, "instructions for a frame of 64 bytes, sent or received: mean of 2000"),
    ("blk_read_mib_s", "bench blk_read_mib_s", CLOCK, "MiB/s by the clock: sequential 64 KiB reads, 32 in flight"),
    ("blk_write_mib_s", "bench blk_write_mib_s", CLOCK, "MiB/s by the clock: the same with writes"),
]


def make_disk(path):
    """Of random bytes, so that neither the host's file system nor QEMU can take a short cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as image:
        for _ in range(DISK_MIB):
            image.write(os.urandom(1 << 20))


class Shell(Machine):
    """A machine with programs in it, at the shell's prompt."""

    def __init__(self, architecture, log_path, **knobs):
        super().__init__(architecture, log_path, INITRD=f"build/{architecture}/initrd.cpio", **knobs)

    def wait_for_prompt(self, deadline=60):
        self.expect(SHELL_PROMPT, deadline)
        return self.before


def ask(machine, name, command):
    """What the command measures, or nothing, with a line that says why."""
    answers = [machine.command(command, deadline=60) for _ in range(REPETITIONS)]
    values = [re.search(rf"^bench {name} (\d+)", answer, re.MULTILINE) for answer in answers]
    if None in values:
        print(f"{machine.architecture}: {name} is not measured: {answers[values.index(None)].strip()}", file=sys.stderr)
        return None
    return statistics.median(int(value[1]) for value in values)


def ask_all(machine, place):
    """The rows that are measured there, by name."""
    try:
        machine.boot()
        values = {name: ask(machine, name, command) for name, command, where, _ in ROWS if where == place}
        return {name: value for name, value in values.items() if value is not None}
    finally:
        machine.stop()


def count_boot(architecture, disk):
    """Executed instructions between the kernel's first and the prompt. A CPU that waits executes none; firmware is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        stub, control, record = (Path(folder) / name for name in ("gdb", "qmp", "record"))
        knobs = COUNTING | {"QEMU_EXTRA": f"-icount shift=0,align=off,rr=record,rrfile={record} "
                                          f"{DebugStub.qemu_options(stub)} {Qmp.qemu_options(control)}"}
        machine = Shell(architecture, LOGS / f"bench-{architecture}-boot.log", DISK=disk, **knobs)
        try:
            debugger, qmp = DebugStub(stub), Qmp(control)
            debugger.run_to(ENTRY[architecture])
            before = qmp.execute("query-replay")["icount"]
            debugger.go_on()
            machine.boot()
            return qmp.execute("query-replay")["icount"] - before
        finally:
            machine.stop()


def measure(architecture, disk):
    """All rows that this kernel has, by name."""
    log = LOGS / f"bench-{architecture}.log"
    measured = ask_all(Shell(architecture, log, DISK="none", **COUNTING), SHELL)
    measured["boot_to_prompt"] = count_boot(architecture, disk)
    measured |= ask_all(Machine(architecture, log, DISK=disk, **COUNTING), MONITOR)
    measured |= ask_all(Machine(architecture, log, DISK=disk), CLOCK)
    return {name: measured[name] for name, *_ in ROWS if name in measured}


def build(architecture):
    subprocess.run(["make", f"-j{os.cpu_count()}", "--no-print-directory", f"ARCH={architecture}", "kernel", "initrd"], cwd=ROOT,
                   env=make_environment(), stdin=subprocess.DEVNULL, check=True)


def print_table(results):
    width = max(len(name) for name, *_ in ROWS)
    print(" " * width, *(f"{architecture:>9}" for architecture in results))
    for name, _, _, meaning in ROWS:
        cells = (results[architecture].get(name, "-") for architecture in results)
        print(f"{name:{width}}", *(f"{cell:>9}" for cell in cells), f"  {meaning}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architectures", default="arm64 x64 rv64")
    architectures = parser.parse_args().architectures.split()
    disk = ROOT / "build" / "bench-disk.img"
    results = {}
    try:
        for architecture in architectures:
            build(architecture)
        make_disk(disk)
        for architecture in architectures:
            results[architecture] = measure(architecture, disk)
    except (Surprise, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench: {failure}")
    finally:
        disk.unlink(missing_ok=True)
    output = ROOT / "build" / "bench.json"
    output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print_table(results)
    print(f"Medians of {REPETITIONS} runs; written to {output.relative_to(ROOT)}")
    sys.exit(0 if all(len(rows) == len(ROWS) for rows in results.values()) else 1)


if __name__ == "__main__":
    main()
