"""The marked regions of the labs: finding them, and putting a stub in their place.

A solution stands in the tree between two comments that name its lab and its step:

    // [lab 4: program the timer]
    ...
    // [/lab]

What each lab is stands in lab/N-name/lab.toml: its title, and for each step its points and the hint that the stub panics with.
"""

import dataclasses
import pathlib
import re
import subprocess
import tomllib

OPENING = re.compile(r"^(\s*)// \[lab (\d+): ([^\]]+)\]\s*$")
CLOSING = re.compile(r"^\s*// \[/lab\]\s*$")
SUFFIXES = (".cpp", ".h", ".S")

# base::panic_line, as the compiler calls it. Of a string_view come its length and its address, of a source_location the address
# of a record; each in a register of its own.
PANIC_LINE = "_ZN4base10panic_lineESt17basic_string_viewIcSt11char_traitsIcEESt15source_location"
PANIC_CALLS = {
    "arm64": ["mov     x0, #{length}", "adr     x1, 91f", "adr     x2, 92f", "bl      {function}"],
    "rv64": ["li      a0, {length}", "lla     a1, 91f", "lla     a2, 92f", "call    {function}"],
    "x64": ["movl    ${length}, %edi", "leaq    91f(%rip), %rsi", "leaq    92f(%rip), %rdx", "call    {function}"],
}


class MarkerError(Exception):
    """A marker that has no partner, or names what no lab.toml knows."""


@dataclasses.dataclass
class Step:
    name: str
    points: int
    hint: str
    look: str


@dataclasses.dataclass
class Lab:
    number: int
    title: str
    folder: pathlib.Path
    steps: list[Step]
    host: bool = False  # Its grade runs host tests.

    def step(self, name):
        for step in self.steps:
            if step.name == name:
                return step
        raise MarkerError(f"lab {self.number} has no step '{name}' in {self.folder}/lab.toml")


def load_labs(root="."):
    """All labs of the tree at `root`, by number."""
    labs = {}
    for path in sorted(pathlib.Path(root).glob("lab/*/lab.toml")):
        data = tomllib.loads(path.read_text())
        steps = [Step(step["name"], step["points"], step["hint"], step["look"]) for step in data["step"]]
        number = int(path.parent.name.split("-")[0])
        labs[number] = Lab(number, data["title"], path.parent, steps, data.get("host", False))
    return dict(sorted(labs.items()))


def tracked_files(root="."):
    """The tree's own files, without what was built: by git where there is a repository, else by walking."""
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True)
    if listing.returncode == 0 and listing.stdout:
        names = listing.stdout.splitlines()
    else:
        names = [str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*") if path.is_file()]
    hidden = ("build/", ".git/")
    return [pathlib.Path(name) for name in names if not name.startswith(hidden) and (pathlib.Path(root) / name).is_file()]


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def message(lab, step):
    return f"lab {lab.number}, {step.name}: {step.hint} (lab/{lab.folder.name}/README.md)"


def stub(lab, step, indent):
    """What a student finds: their task, and code that says it is not done."""
    return [
        f"{indent}// Lab {lab.number}: {step.name}. {step.hint}\n",
        f"{indent}base::panic_line({quote(message(lab, step))},\n",
        f"{indent}                 std::source_location::current());\n",
    ]


def assembly_stub(lab, step, indent, path, line):
    """The same in assembly: the call, and behind it the message and the std::source_location."""
    length = len(message(lab, step).encode())
    call = [part.format(length=length, function=PANIC_LINE) for part in PANIC_CALLS[path.parent.name]]
    data = [f"91: .ascii  {quote(message(lab, step))}", "    .balign 8", "92: .quad   93f, 93f", f"    .long   {line}, 0",
            f"93: .asciz  {quote(str(path))}", "    .balign 16"]
    return [f"{indent}// Lab {lab.number}: {step.name}. {step.hint}\n"] + \
        [f"{indent}{part}\n" for part in call] + [f"{part}\n" for part in data]


def regions(lines, path):
    """Yields (lab number, step name, indent, first line index, last line index) of each region."""
    opened = None
    for index, line in enumerate(lines):
        if match := OPENING.match(line):
            if opened:
                raise MarkerError(f"{path}:{index + 1}: a lab region opens inside another")
            opened = (int(match[2]), match[3], match[1], index)
        elif CLOSING.match(line):
            if not opened:
                raise MarkerError(f"{path}:{index + 1}: [/lab] without an opening marker")
            yield (*opened, index)
            opened = None
    if opened:
        raise MarkerError(f"{path}:{opened[3] + 1}: this lab region is never closed")


def with_stubs(text, lab, path):
    """The text of a file with the regions of `lab` replaced; those of other labs keep their solution."""
    lines = text.splitlines(keepends=True)
    changed = False
    is_assembly = path.suffix == ".S"
    for number, name, indent, first, last in reversed(list(regions(lines, path))):
        if number == lab.number:
            step = lab.step(name)
            lines[first + 1:last] = assembly_stub(lab, step, indent, path, first + 2) if is_assembly else stub(lab, step, indent)
            changed = True
    include = '#include "kernel/base/log.h"\n'  # Where panic_line is declared.
    if changed and not is_assembly and include not in lines:
        lines.insert(next(i for i, line in enumerate(lines) if line.startswith("#include")), include)
    return "".join(lines)


def files_of(lab, root="."):
    """Which files hold regions of `lab`, and of which steps: {step name: [path]}."""
    found = {step.name: [] for step in lab.steps}
    for path in tracked_files(root):
        if path.suffix not in SUFFIXES:
            continue
        lines = (pathlib.Path(root) / path).read_text().splitlines(keepends=True)
        for number, name, *_ in regions(lines, path):
            if number == lab.number:
                lab.step(name)
                found[name].append(path)
    return found
