#!/usr/bin/env python3
"""make compare TOPIC=timer: the three platforms' code for a topic, side by side.

The platforms have the same files with the same functions in the same order; here each function that all three have begins
in one row.
"""

import os
import re
import shutil
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLATFORMS = ["arm64", "x64", "rv64"]
GAP = " │ "

# A topic's files, the parts of each machine that belong to it, and other words for it.
TOPICS = {
    "boot": (["boot.S"], ["pvh.h"], ["start", "reset"]),
    "entry": (["entry.cpp"], [], ["hello"]),
    "discovery": (["discovery.cpp"], ["acpi*.cpp", "../shared/device_tree*.cpp"], ["acpi", "fdt", "dtb", "devices", "tree"]),
    "console": (["console.cpp"], ["../shared/uart16550.h"], ["uart", "serial"]),
    "cpu": (["cpu.h"], ["csr.h", "descriptor_tables.cpp"], ["masking"]),
    "mmu": (["mmu.h"], [], ["paging", "page-table", "memory"]),
    "trap": (["trap.S", "trap.cpp"], ["descriptor_tables.cpp"], ["exception", "exceptions", "fault"]),
    "context": (["context.h", "context.S"], [], ["switch", "registers"]),
    "fpu": (["fpu.h"], ["fpu.S"], ["floating-point", "simd"]),
    "interrupt": (["interrupt.cpp"], ["gic*", "plic*", "io_apic*", "local_apic*"], ["interrupts", "irq"]),
    "timer": (["timer.cpp"], ["timer_line.h", "reference_clock*", "local_apic.cpp", "sbi.h"], ["time", "clock", "ticks"]),
    "smp": (["smp.cpp"], [], ["cpus"]),
    "power": (["power.cpp"], ["sbi.h", "acpi_fadt.cpp"], ["reboot", "poweroff"]),
    "linker": (["linker.ld"], [], ["ld", "link", "image"]),
    "machine": (["platform.mk"], [], ["make", "flags", "qemu"]),
}


def exists(platform, file):
    return (ROOT / "platform" / platform / file).exists()


def topic_of(word):
    return next((topic for topic, (_, _, others) in TOPICS.items() if word in [topic, *others]), None)


# ---- Anchors: where the same thing begins -----------------------------------------------------------------------------

def anchors(lines):
    """Names of functions, assembly labels and linker sections, each with the line where it (with its comment) begins."""
    found = {}
    for number, line in enumerate(lines):
        match = (re.match(r"(?:    )?(?!.*\b(?:return|using|if|for|while|switch|static_assert)\b)[A-Za-z_\[][\w:<>,&*\[\] ]*?[ &*](\w+)\([^;]*$", line)
                 or re.match(r"\.?(\w{3,}):\s*(?://.*|#.*)?$", line) or re.match(r"    \.(\w+)\s*(?:ALIGN.*)?:", line)
                 or re.match(r"(?:inline |static )*constexpr [^()]*?(\w+)\(.*\{", line))
        if match and match[1] not in found:
            found[match[1]] = beginning(lines, number)
    return found


def beginning(lines, number):
    """Up from a definition over the comments, attributes and templates right above it."""
    while number > 0 and re.match(r"\s*(//|/\*|\*|#(?! *include)|\[\[|template|\.global|\.globl|\.balign)", lines[number - 1]):
        number -= 1
    return number


def common_anchors(files):
    """Names that all files have, as far as they stand in one order: a list of [line in each file]."""
    tables = [anchors(lines) for lines in files]
    rows, last = [], [0] * len(files)
    for name in tables[0]:
        if all(name in table for table in tables):
            row = [table[name] for table in tables]
            if all(line >= before for line, before in zip(row, last)) and row != last:
                rows.append(row)
                last = row
    return rows


# ---- Layout ------------------------------------------------------------------------------------------------------------

def wrap(line, width):
    """A line as one or more of at most `width` characters; what goes on is indented a little deeper."""
    line = line.expandtabs(4).rstrip()
    indent = " " * min(len(line) - len(line.lstrip()) + 2, width // 2)
    pieces = []
    while len(line) > width:
        cut = line.rfind(" ", len(indent) + 1, width + 1)
        cut = cut if cut > len(indent) else width
        pieces.append(line[:cut].rstrip())
        line = indent + line[cut:].lstrip()
    return [*pieces, line]


def paint(text, style, coloured):
    return f"\x1b[{style}m{text}\x1b[0m" if coloured and text.strip() else text



def print_rows(columns, width, coloured):
    """Columns of lines beside each other; shorter ones are filled up."""
    wrapped = [[(piece, bool(re.match(r"\s*(//|/\*|\*|# )", line))) for line in lines for piece in wrap(line, width)] for lines in columns]
    for row in range(max(map(len, wrapped), default=0)):
        cells = []
        for column in wrapped:
            piece, is_comment = column[row] if row < len(column) else ("", False)
            padded = piece.ljust(width)
            cells.append(paint(padded, "2", coloured) if is_comment else padded)
        print(GAP.join(cells).rstrip())


def print_file(name, width, coloured):
    files = []
    for platform in PLATFORMS:
        path = ROOT / "platform" / platform / name
        files.append(path.read_text(encoding="utf-8").splitlines() if path.exists() else ["(not there)"])
    heads = [f"platform/{platform}/{name}".ljust(width) for platform in PLATFORMS]
    print(GAP.join(paint(head, "1;7", coloured) for head in heads).rstrip())
    if not coloured:
        print("─┼─".join("─" * width for _ in PLATFORMS))
    starts = [[0] * len(files), *common_anchors(files), [len(lines) for lines in files]]
    for begin, end in zip(starts, starts[1:]):
        print_rows([lines[b:e] for lines, b, e in zip(files, begin, end)], width, coloured)
    print()


def print_parts(patterns):
    """Where to read on: the parts that only one machine has."""
    parts = [path for platform in PLATFORMS for pattern in patterns for path in sorted((ROOT / "platform" / platform).glob(pattern))]
    names = list(dict.fromkeys(os.path.relpath(path, ROOT) for path in map(Path.resolve, parts)))
    if names:
        print("Parts of a single machine, or shared:", *names, sep="\n  ")


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    topic = topic_of(word)
    if topic is None:
        print(f"compare: no topic is called '{word}'." if word else "make compare TOPIC=…  shows a topic on the three platforms side by side:")
        for name, (files, _, others) in TOPICS.items():
            if any(exists(platform, file) for platform in PLATFORMS for file in files):
                print(f"  {name:<10} {', '.join(files):<20} also: {', '.join(others)}")
        sys.exit(1 if word else 0)
    coloured = sys.stdout.isatty()
    terminal = shutil.get_terminal_size((180, 50)).columns if coloured or "COLUMNS" in os.environ else 180
    width = max(20, (terminal - len(GAP) * (len(PLATFORMS) - 1)) // len(PLATFORMS))
    files, parts, _ = TOPICS[topic]
    for name in files:
        print_file(name, width, coloured)
    print_parts(parts)


if __name__ == "__main__":
    main()
