"""A kernel under test with its programs, at the shell's prompt."""

import re

from grading import unfinished
from machine import PROMPT, Failure, Machine

SHELL_PROMPT = r"(?:\A|\n)\$ "
MONITOR_KEY = "\x1d"  # Ctrl-]: to the kernel's own prompt and back.


class Shell(Machine):
    """Boots to the shell. What is not about devices needs none."""

    def __init__(self, architecture, **knobs):
        super().__init__(architecture, INITRD=f"build/{architecture}/initrd.cpio", DISK="none", NET="none", **knobs)

    def boot(self, budget=10):
        self.expect(SHELL_PROMPT, budget, "the shell's prompt `$ `")

    def command(self, text, budget=10, what=None):
        """Types a command line, and returns what was printed up to the next prompt."""
        start = self.position
        self.type(text + "\r")
        self.expect(SHELL_PROMPT, budget, what or f"an end of `{text}`, and the prompt again")
        return self.output[start:self.position]

    def passes(self, program, budget):
        """Runs a test program, which says PASS or FAIL for each thing that it tries, and counts them in its last line."""
        answer = self.command(program, budget, f"`{program}` to come to its end")
        if not re.search(rf"{program}: [1-9]\d* passed, 0 failed", answer):
            told = [line for line in answer.splitlines() if "PASS" not in line]
            raise Failure(f"nothing failed in `{program}` (user/{program}/main.cpp)", "\n".join(told[:12]))

    def holds(self, program, *cases, budget=10):
        """Runs cases of a test program, which says `ok CASE` when all of one was as it should be."""
        for case in cases:
            answer = self.command(f"{program} {case}", budget, f"`{program} {case}` to come to its end")
            if not re.search(rf"^ok {case}$", answer, re.MULTILINE):
                told = [line for line in answer.splitlines()[1:] if "PASS" not in line and line != "$ "]
                raise Failure(f"`ok {case}` from `{program} {case}` (user/{program})", "\n".join(told[:12]) or "(no output)")

    def monitor(self, text, budget=10):
        """Asks the kernel's own prompt, and comes back to the shell's. All programs stand still meanwhile."""
        self.type(MONITOR_KEY)
        self.expect(re.escape(PROMPT), budget, f"the monitor's prompt `{PROMPT}` after Ctrl-]")
        start = self.position
        self.type(text + "\r")
        self.expect(r"\n" + re.escape(PROMPT), budget, f"an answer to `{text}`")
        answer = self.output[start:self.position]
        self.type(MONITOR_KEY)
        self.expect(r"\n", budget, "Ctrl-] to leave the monitor")
        self.command("")
        return answer

    def threads(self):
        """Each thread that `ps` lists, as a dictionary by column."""
        lines = self.command("nice 20 ps").splitlines()  # Its lines are messages; whoever spins shall not delay them.
        first = next((at for at, line in enumerate(lines) if line.startswith("PROCESS")), None)
        if first is None:
            raise Failure("a table of threads from `ps`", "\n".join(lines))
        return [dict(zip(lines[first].split(), line.split())) for line in lines[first + 1:] if re.match(r"\s*\d+ ", line)]


def boots(kernel, *later):
    """Waits for the shell; false when a later step that is not done yet comes first."""
    endings = [SHELL_PROMPT, r"init has \w+ with code .*\n", *(unfinished(step) for step in later)]
    seen = kernel.expect("|".join(endings), 10, "the shell's prompt `$ `")
    if seen[0].startswith("init has"):
        raise Failure("init to start the shell, and the prompt `$ `", "\n".join(kernel.output[:seen.end()].splitlines()[-3:]))
    return "PANIC" not in seen[0]
