#!/usr/bin/env python3
"""make check: does the tree keep the rules that make it portable and readable? Prints a line per finding, and fails if any.

The rules are those of the design: who may include whom, no conditional compilation, no assembly and no name of an
architecture outside platform/, short files, the same files in the same order on each platform, clean formatting.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import system_calls

ROOT = Path(__file__).resolve().parent.parent
PLATFORMS = ["arm64", "x64", "rv64"]

# ---- Who may know whom -----------------------------------------------------------------------------------------------

# A room of the kernel includes only rooms further up, and itself.
LAYERS = [
    ["kernel/abi"],
    ["kernel/base"],
    ["kernel/axiom", "hal"],
    ["kernel/sync"],
    ["kernel/memory"],
    ["kernel/trace", "kernel/device"],
    ["kernel/object", "kernel/schedule"],
    ["kernel/ipc", "kernel/random"],
    ["kernel/process", "kernel/store"],
    ["kernel/syscall", "kernel/guest", "kernel/monitor"],
    ["kernel/main.cpp"],
]
# Rooms outside of that order, and all that they may include besides themselves.
OUTSIDE = {
    **{f"platform/{name}": ["hal", "kernel/base", "kernel/abi", "platform/shared"] for name in PLATFORMS},
    "platform/shared": ["hal", "kernel/base", "kernel/abi"],
    "driver": ["hal", "kernel/abi", "kernel/base", "kernel/device"],
    "net": ["kernel/base", "kernel/abi"],
    "user": ["kernel/abi", "kernel/base"],
}
# Rooms that may include more than the order gives them, and why.
MORE = {
    "kernel/monitor": ["net"],  # Its commands are all that uses the network stack, until programs do.
}
# Only these include <platform/…>, the one folder that the Makefile picks.
INCLUDES_PLATFORM = ["hal", *[f"platform/{name}" for name in PLATFORMS]]

# ---- What must not be named where ------------------------------------------------------------------------------------

PORTABLE = ["kernel/", "hal/", "net/", "driver/"]
MACHINE_WORDS = set("""arm64 aarch64 armv8 x64 x86 amd64 i386 rv64 riscv riscv64 gic gicv2 gicv3 plic clint aplic imsic apic
    lapic ioapic pic hpet tsc psci sbi opensbi acpi madt rsdp pvh pl011 semihosting msr mrs cpuid csr satp sstc ttbr cr3
    esr elr scause sepc rflags vhe""".split())
MAY_HOLD_ASSEMBLY = ["platform/", "user/lib/"]
# Files that every platform has; what only one has is a part of its own machines.
CONTRACT_FILES = ["boot.S", "entry.cpp", "discovery.cpp", "console.cpp", "cpu.h", "mmu.h", "trap.S", "trap.cpp", "context.h", "context.S",
                  "fpu.h", "interrupt.cpp", "timer.cpp", "smp.cpp", "power.cpp", "linker.ld", "platform.mk"]
# Files that two platforms have and the third needs not, and why.
TWO_OF_THREE = {
    "fpu.S": "saving and loading what many registers hold; x64 has one instruction for it, in fpu.h",
    "discovery.h": "what the device tree says of CPUs and lines; on x64 that is in acpi_machine.h",
}
LONG, TOO_LONG = 300, 330
SIZED = ["kernel/", "hal/", "platform/", "driver/", "net/", "user/"]

findings = []
notes = []


def finding(path, line, rule, explanation):
    findings.append(f"{path}:{line}: {rule}: {explanation}")


def is_in(path, folders):
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def source_files():
    """All files that are, or would be, under version control."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if "build" not in path.relative_to(ROOT).parts]
    return sorted(name for name in set(names) if (ROOT / name).is_file())


def without_comments(text):
    """C++ or assembly with comments blanked out; lines and strings stay. Of // in a string, too."""
    pattern = r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/'
    return re.sub(pattern, lambda match: match[0] if match[0][0] == '"' else re.sub(r"[^\n]", " ", match[0]), text, flags=re.DOTALL)


# ---- Includes --------------------------------------------------------------------------------------------------------

def room_of(path):
    """The room that a file belongs to, or None where no layers are kept (tests, tools, labs)."""
    for layer in LAYERS:
        for room in layer:
            if is_in(path, [room]):
                return room
    return next((room for room in OUTSIDE if is_in(path, [room])), None)


def allowed_in(room):
    if room in OUTSIDE:
        return OUTSIDE[room]
    height = next(i for i, layer in enumerate(LAYERS) if room in layer)
    return [other for layer in LAYERS[:height] for other in layer] + MORE.get(room, [])


def check_includes(path, code, known, graph):
    room = room_of(path)
    for number, line in enumerate(code.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
        if not include:
            continue
        quoted, target = include[1] == '"', include[2]
        if quoted:
            beside = str(Path(path).parent / target)
            if room is None and beside in known:
                target = beside
            graph.setdefault(path, []).append(target)
            if target not in known:
                finding(path, number, "include", f'"{target}" is no file of the tree; paths start at the root')
                continue
        if room is None:
            continue
        if target.startswith("platform/") and not quoted:
            if not is_in(path, INCLUDES_PLATFORM):
                finding(path, number, "layers", f"only hal/ includes <platform/…>, and {room} includes <{target}>")
        elif quoted and not is_in(target, [room, *allowed_in(room)]):
            finding(path, number, "layers", f"{room} must not include {target}; it may include {', '.join(allowed_in(room)) or 'nothing'}")


def check_cycles(graph):
    """Depth first; an include of a file that is still open closes a cycle."""
    done, reported = set(), set()

    def visit(path, above):
        if path in above:
            cycle = above[above.index(path):] + [path]
            if frozenset(cycle) not in reported:
                reported.add(frozenset(cycle))
                finding(path, 1, "cycle", " includes ".join(cycle))
            return
        if path in done:
            return
        for target in graph.get(path, []):
            visit(target, above + [path])
        done.add(path)

    for path in sorted(graph):
        visit(path, [])


# ---- Single files ----------------------------------------------------------------------------------------------------

def check_conditionals(path, code):
    for number, line in enumerate(code.splitlines(), 1):
        directive = re.match(r"\s*#\s*(if|ifdef|ifndef|elif|elifdef|else|endif|define|undef)\b", line)
        if directive and not path.startswith("test/"):
            finding(path, number, "no conditionals, no macros", f"#{directive[1]}: only #pragma once and #include are used")


def check_assembly(path, code):
    if is_in(path, MAY_HOLD_ASSEMBLY):
        return
    for number, line in enumerate(code.splitlines(), 1):
        if re.search(r"\b(asm|__asm__|__asm)\b", line):
            finding(path, number, "assembly", "inline assembly belongs in platform/")


def check_machine_names(path, code):
    if not is_in(path, PORTABLE):
        return
    for number, line in enumerate(code.splitlines(), 1):
        if re.match(r"\s*#\s*include", line):
            continue
        for identifier in re.findall(r"[A-Za-z_]\w*", line):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", identifier)} | {identifier.lower()}
            for word in sorted(words & MACHINE_WORDS):
                finding(path, number, "machine names", f"'{identifier}' names a machine ({word}); that is known in platform/ only")


def check_size(path, text):
    if not is_in(path, SIZED):
        return
    lines = text.count("\n")
    if lines > TOO_LONG:
        finding(path, lines, "size", f"{lines} lines; a file is read in one sitting, so {LONG} or fewer")
    elif lines > LONG:
        notes.append(f"{path}: {lines} lines, a little above {LONG}")


def check_text(path, text):
    unfinished = "|".join(["TO" "DO", "FIX" "ME", "XX" "X"])
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(rf"\b({unfinished})\b", line):
            finding(path, number, "unfinished", "do it, or leave it out")
        if re.search(r"[ \t]+$", line) and not path.endswith(".md"):
            finding(path, number, "whitespace", "trailing whitespace")
    if text and not text.endswith("\n"):
        finding(path, text.count("\n") + 1, "whitespace", "no newline at the end of the file")


def check_lab_markers(path, text):
    """// [lab 4: program the timer] … // [/lab], each in a line of its own, never nested."""
    opened = None
    for number, line in enumerate(text.splitlines(), 1):
        begins = re.match(r"\s*(//|#)\s*\[lab\b", line)
        ends = re.match(r"\s*(//|#)\s*\[/lab\b", line)
        if begins and not re.fullmatch(r"\s*(//|#) \[lab [1-9]\d*: [^\]]+\]\s*", line):
            finding(path, number, "lab markers", "write `// [lab N: step]`")
        if begins and opened:
            finding(path, number, "lab markers", f"the region of line {opened} is still open")
        if ends and not opened:
            finding(path, number, "lab markers", "no region is open here")
        opened = number if begins else None if ends else opened
    if opened:
        finding(path, opened, "lab markers", "this region is not closed by `// [/lab]`")


def check_makefile(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        conditional = re.match(r" *(ifeq|ifneq|ifdef|ifndef|else|endif)\b", line)
        if conditional:
            finding(path, number, "no conditionals", f"{conditional[1]}: ARCH picks platform/$(ARCH)/platform.mk, and knobs use $(if …)")


# ---- The three platforms beside each other ---------------------------------------------------------------------------

def check_same_files(known):
    folders = {name: {Path(path).name for path in known if re.fullmatch(rf"platform/{name}/[^/]+", path)} for name in PLATFORMS}
    for file in sorted(set().union(*folders.values())):
        having = [name for name in PLATFORMS if file in folders[name]]
        lacking = [name for name in PLATFORMS if name not in having]
        wanted = file in CONTRACT_FILES or (len(having) == 2 and file not in TWO_OF_THREE)
        for name in lacking if wanted else []:
            finding(f"platform/{name}/{file}", 1, "same files", f"missing; {' and '.join(having)} have it")


def contract_functions(path):
    """The functions that a file defines in namespace hal, in order."""
    text = (ROOT / path).read_text(encoding="utf-8")
    inside = without_comments("\n".join(re.findall(r"^namespace hal \{\n(.*?)^\} // namespace hal", text, re.DOTALL | re.MULTILINE)))
    return re.findall(r"^(?!(?:using|constexpr|static_assert|namespace|struct|class|return)\b)[A-Za-z_\[][^;={}()]*?\b(\w+)\(", inside, re.MULTILINE)


def check_same_order(known):
    for file in CONTRACT_FILES:
        paths = [f"platform/{name}/{file}" for name in PLATFORMS]
        if not file.endswith(".cpp") or not all(path in known for path in paths):
            continue
        orders = [contract_functions(path) for path in paths]
        common = set(orders[0]).intersection(*orders[1:])
        first = [name for name in orders[0] if name in common]
        for path, order in zip(paths[1:], orders[1:]):
            if (own := [name for name in order if name in common]) != first:
                finding(path, 1, "same order", f"defines {', '.join(own)}; {paths[0]} defines {', '.join(first)}")


# ---- Formatting ------------------------------------------------------------------------------------------------------

def check_formatting(paths, clang_format):
    try:
        checked = subprocess.run([clang_format, "--dry-run", "-Werror", *paths], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        finding(".clang-format", 1, "formatting", f"{clang_format} is not in PATH; `make doctor` names the remedy")
        return
    seen = set()
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: error: code should be clang-formatted", checked.stderr, re.MULTILINE):
        if path not in seen:
            seen.add(path)
            finding(path, line, "formatting", "`make format` would change this line, and maybe more below")
    if checked.returncode != 0 and not seen:
        finding(".clang-format", 1, "formatting", checked.stderr.strip().splitlines()[0] if checked.stderr.strip() else "clang-format failed")


# ---- Generated pages -------------------------------------------------------------------------------------------------

def check_generated():
    if system_calls.is_stale():
        finding(system_calls.PAGE.relative_to(ROOT), 1, "generated", "kernel/abi says otherwise; `make docs` writes it anew")


# ----------------------------------------------------------------------------------------------------------------------

def check_file(path, known, graph):
    try:
        text = (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # A picture, or another binary file.
    check_text(path, text)
    if path == "Makefile" or path.endswith(".mk"):
        check_makefile(path, text)
    if not path.endswith((".cpp", ".h", ".S", ".c")):
        return
    code = without_comments(text)
    check_includes(path, code, known, graph)
    check_conditionals(path, code)
    check_size(path, text)
    check_lab_markers(path, text)
    if not path.endswith(".S"):
        check_assembly(path, code)
        check_machine_names(path, code)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clang-format", default="clang-format")
    arguments = parser.parse_args()
    files = source_files()
    known, graph = set(files), {}
    for path in files:
        check_file(path, known, graph)
    check_cycles(graph)
    check_same_files(known)
    check_same_order(known)
    check_generated()
    check_formatting([path for path in files if path.endswith((".cpp", ".h"))], arguments.clang_format)
    for line in findings:
        print(line)
    for line in notes:
        print(f"note: {line}")
    print(f"check: {len(files)} files, {len(findings)} finding(s)")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
