"""Programs of many cases: which there are, and that one of them passes."""

import re

from machine import ROOT


def cases_of(program):
    """The names of a program's cases, out of its source; what is only a role in one is not among them."""
    tables = [table for source in sorted((ROOT / "user" / program).glob("*.cpp"))
              for table in re.findall(r"constexpr Case cases\[\] = \{(.*?)\n\};", source.read_text(encoding="utf-8"), re.DOTALL)]
    return [name for table in tables for name in re.findall(r'\{"([a-z0-9-]+)",', table)]


def holds(shell, program, case):
    """That it passes, and says nothing else than that and numbers. A case that hangs ends itself after 40 seconds."""
    printed = shell.run(f"{program} {case}", deadline=60)
    assert "FAIL" not in printed and f"ok {case}" in printed.replace("\r", "").split("\n"), printed
