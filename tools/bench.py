#!/usr/bin/env python3
"""make bench: what the kernel's operations cost, in one table for the architectures and in build/bench.json.

Rows in instructions come from a machine under `-icount shift=0`, where each instruction takes a nanosecond; the kernel measures
itself and leaves out what it slept, since how long a device takes is QEMU's and the host's affair. (`sleep=off` would jump over
that sleep to the next deadline; a sleeping rv64 has none before the end of time.) Rows ending in _mib_s are wall-clock time.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "qemu"))

from machine import LOGS, Machine, Surprise, make_environment  # noqa: E402

# The kernel is told its address, so that nothing depends on when DHCP is done. QEMU's network keeps its own IPv6 to itself.
COUNTING = {"QEMU_EXTRA": "-icount shift=0,align=off", "NET": "user,ipv6=off", "APPEND": "ip=10.0.2.15/24,10.0.2.2",
            "SMP": "1"}
DISK_MIB = 256
REPETITIONS = 3  # The median is taken.

# Name, the command that prints it, the machine's knobs, and what it means.
ROWS = [
    ("blk_request", "bench blk_request", COUNTING, "instructions for reading a sector, alone: mean of the middle half of 2000"),
    ("net_frame", "net bench 1000", COUNTING, "instructions for a frame of 64 bytes, sent or received: mean of 2000"),
    ("blk_read_mib_s", "bench blk_read_mib_s", {}, "MiB/s by the clock: sequential 64 KiB reads, 32 in flight"),
    ("blk_write_mib_s", "bench blk_write_mib_s", {}, "MiB/s by the clock: the same with writes"),
]


def make_disk(path):
    """Of random bytes, so that neither the host's file system nor QEMU can take a short cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as image:
        for _ in range(DISK_MIB):
            image.write(os.urandom(1 << 20))


def ask(machine, name, command):
    """What the command measures, or nothing, with a line that says why."""
    answers = [machine.command(command, deadline=60) for _ in range(REPETITIONS)]
    values = [re.search(rf"^bench {name} (\d+)", answer, re.MULTILINE) for answer in answers]
    if None in values:
        print(f"{machine.architecture}: {name} is not measured: {answers[values.index(None)].strip()}", file=sys.stderr)
        return None
    return statistics.median(int(value[1]) for value in values)


def measure(architecture, disk):
    """All rows that this kernel has, by name."""
    measured = {}
    for knobs in (COUNTING, {}):
        machine = Machine(architecture, LOGS / f"bench-{architecture}.log", DISK=disk, **knobs)
        try:
            machine.boot()
            for name, command, where, _ in ROWS:
                if where == knobs and (value := ask(machine, name, command)) is not None:
                    measured[name] = value
        finally:
            machine.stop()
    return measured


def build(architecture):
    subprocess.run(["make", f"-j{os.cpu_count()}", "--no-print-directory", f"ARCH={architecture}", "kernel"], cwd=ROOT,
                   env=make_environment(), stdin=subprocess.DEVNULL, check=True)


def print_table(results):
    width = max(len(name) for name, *_ in ROWS)
    print(" " * width, *(f"{architecture:>8}" for architecture in results))
    for name, _, _, meaning in ROWS:
        cells = (results[architecture].get(name, "-") for architecture in results)
        print(f"{name:{width}}", *(f"{cell:>8}" for cell in cells), f"  {meaning}")


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
