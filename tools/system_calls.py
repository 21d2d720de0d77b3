"""make docs: writes docs/syscalls.md, the table of system calls as a page, out of kernel/abi."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ABI = ROOT / "kernel" / "abi"
PAGE = ROOT / "docs" / "syscalls.md"

INTRODUCTION = """# System calls

Made by `make docs` out of [system_call.h](../kernel/abi/system_call.h), the one table that the kernel's dispatch and the programs' stubs go by,
too. Change the table, not this page: `make check` tells when they differ.

A call takes a number and up to six words; it gives back a status and up to two words. Status 0 is success, any other is an
[error](#errors). Handles, addresses, lengths and numbers are all checked: what is wrong with them is an error, and never the kernel's trouble.
A *deadline* is a time in nanoseconds since boot; one that has passed means "do not wait", and 2^64 - 1 never comes. Which registers carry all
this on each machine is told in [processes.md](processes.md).
"""

DEMANDS = """
*Demands* names the rights that the handle's capability must have. A missing right is `not permitted`, another kind of object `wrong type of
object`, and a handle that was closed `bad handle`, even when its slot has been filled again.
"""

OBJECTS = """
## Objects

What each right lets its holder do. *manage* also lets one `destroy` an object, and *grant* lets one give it to another process.
([object.h](../kernel/abi/object.h))
"""

ERRORS = """
## Errors

([error.h](../kernel/abi/error.h))
"""


def table(header, rows):
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [header, ["---"] * len(header), *rows])


def strings_of(arguments):
    """A call's arguments, which are strings; literals that stand side by side are one."""
    between_literals = r',(?=(?:[^"]*"[^"]*")*[^"]*$)'
    return ["".join(re.findall(r'"([^"]*)"', argument)) for argument in re.split(between_literals, arguments)]


def described(path, enumeration):
    """The names of an enumeration, their numbers, and what stands behind each as its comment."""
    text = (ABI / path).read_text(encoding="utf-8")
    body = re.search(rf"enum class {enumeration}[^{{]*\{{(.*?)\}};", text, re.DOTALL)[1]
    number = -1
    for name, value, comment in re.findall(r"^\s*(\w+)(?: = (\d+))?,\s*(?:///< (.*))?$", body, re.MULTILINE):
        number = int(value) if value else number + 1
        yield number, name, comment


def spoken_names(path, enumeration):
    """What name() calls each of an enumeration."""
    text = (ABI / path).read_text(encoding="utf-8")
    return dict(re.findall(rf'case {enumeration}::(\w+): return "([^"]*)";', text))


def calls():
    text = (ABI / "system_call.h").read_text(encoding="utf-8")
    body = text[text.index("system_calls{{"):]
    numbers = dict(re.findall(r"^    (\w+) = (\d+),$", text, re.MULTILINE))
    rows = []
    for name, arguments in re.findall(r"\{SystemCall::(\w+),(.*?)\},\n", body, re.DOTALL):
        _, takes, gives, demands, meaning = strings_of(arguments)
        rows.append([numbers[name], f"`{name}`", takes, gives, demands, meaning])
    if len(rows) != len(numbers):
        raise SystemExit(f"docs: {len(rows)} of {len(numbers)} system calls were understood: has the table's form changed?")
    return rows


def page():
    errors = spoken_names("error.h", "Error")
    return "\n".join([
        INTRODUCTION,
        table(["Number", "Name", "Takes", "Gives", "Demands", "Meaning"], calls()) + DEMANDS + OBJECTS,
        table(["Object", "What rights mean"],
              [[name, comment] for _, name, comment in described("object.h", "ObjectType") if comment]) + ERRORS,
        table(["Status", "Error", "Meaning"],
              [[str(number), errors[name], comment] for number, name, comment in described("error.h", "Error")])])


def is_stale():
    return not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
