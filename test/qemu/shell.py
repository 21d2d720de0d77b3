"""A machine with programs in it, at the shell's prompt; one of each kind is shared by all tests that leave it as it was."""

import contextlib
import re
import time

from machine import COMMAND_DEADLINE, LOGS, PROMPT, SCALE, Machine, Surprise

SHELL_PROMPT = r"(?:\A|\n)\$ "
CONTROL_C, CONTROL_BRACKET = "\x03", "\x1d"

# Seconds. What a process leaves behind is cleared in steps, on whichever CPU it last was: what is there longer is a leak.
CLEARING_DEADLINE = 20


class Shell(Machine):
    """Boots the initrd's programs; `command` and `wait_for_prompt` speak to the shell."""

    def __init__(self, architecture, log_path, **knobs):
        knobs.setdefault("INITRD", f"build/{architecture}/initrd.cpio")
        knobs.setdefault("DISK", "none")
        knobs.setdefault("NET", "none")
        super().__init__(architecture, log_path, **knobs)
        self.cpus = int(knobs.get("SMP", 1))

    def boot(self):
        printed = super().boot()
        if self.cpus > 1 and f"smp: {self.cpus} CPUs are up" not in printed:
            raise Surprise(f"not all of {self.cpus} CPUs came up\n{self.describe()}")
        self.run("true")  # What the shell keeps from its first program and job on, as its FP state, is there from now on.
        self.command("true &")
        self.wait_for_jobs()
        return printed

    def wait_for_prompt(self, deadline=COMMAND_DEADLINE):
        self.expect(SHELL_PROMPT, deadline)
        return self.before.removesuffix("\r")

    # ---- Programs ------------------------------------------------------------------------------------------------------

    def exit_code(self):
        """What `$?` is: the last program's exit code."""
        return int(self.command("echo $?"))

    def run(self, line, deadline=COMMAND_DEADLINE):
        """Runs a program that must succeed; returns what it printed."""
        printed = self.command(line, deadline)
        if (code := self.exit_code()) != 0:
            raise Surprise(f"{line!r} ended with {code}: {printed}\n{self.describe()}")
        return printed

    def start(self, line):
        """Starts a job; returns its number and that of its process."""
        answer = self.command(line + " &")
        found = re.search(r"\[(\d+)\] process (\d+)", answer)
        if not found:
            raise Surprise(f"{line!r} was not started: {answer}\n{self.describe()}")
        return int(found[1]), int(found[2])

    def kill(self, *jobs):
        """Ends jobs of `start`, and waits until the shell has noticed."""
        for number, _process in jobs:
            self.command(f"kill %{number}")
        self.look_until(lambda: not self._any_listed(jobs), "jobs do not end")

    def _any_listed(self, jobs):
        listed = self.command("jobs")
        return any(f"[{number}] process" in listed for number, _process in jobs)

    def wait_for_jobs(self):
        """Waits until no job is left, and the shell has said so."""
        self.look_until(lambda: not self.command("jobs").strip(), "jobs do not end")

    def look_until(self, holds, complaint):
        """Asks again and again, as there is no event to wait for, until `holds()`."""
        end = time.monotonic() + CLEARING_DEADLINE * SCALE
        while not holds():
            if time.monotonic() > end:
                raise Surprise(f"{complaint}\n{self.describe()}")

    def threads(self):
        """Each thread that `ps` lists, as a dictionary by column."""
        lines = self.run("ps").splitlines()
        start = next(index for index, line in enumerate(lines) if line.startswith("PROCESS"))
        columns = lines[start].split()
        return [dict(zip(columns, line.split())) for line in lines[start + 1:] if re.match(r"\s*\d+ ", line)]

    def run_times(self, jobs):
        """Seconds that the first thread of each job has had of the CPUs."""
        times = {int(each["PROCESS"]): float(each["SECONDS"]) for each in self.threads() if each["THREAD"] == "0"}
        return [times[process] for _number, process in jobs]

    # ---- Balance -------------------------------------------------------------------------------------------------------

    def balance(self):
        """What must be as before when programs have come and gone: frames, heap, and what is in State.

        The monitor tells, as no program runs meanwhile. Slabs are counted as free: the heap keeps them for what comes.
        """
        with self.monitor() as ask:
            memory, state = ask("memory"), ask("commits")
        frames = int(re.search(r"free in (\d+) frames", memory)[1]) + int(re.search(r"(\d+) slabs", memory)[1]) // 4
        rows = re.findall(r"^ +\d+ +\d+ +(\d+) +\d+$", memory, re.MULTILINE)
        large = int(re.search(r"large +(\d+) objects", memory)[1])
        counts = re.search(r"(\d+) processes, (\d+) objects, (\d+) capabilities", state)
        return {"frames": frames, "heap objects": sum(map(int, rows)) + large,
                **dict(zip(["processes", "objects", "capabilities"], map(int, counts.groups())))}

    def check_balance(self, before):
        self.look_until(lambda: self.balance() == before, f"not as before: {before}")

    # ---- The kernel's monitor ------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def monitor(self):
        """In here all programs stand still; `ask(line)` asks the kernel's own prompt. Then the shell is back."""
        self.type(CONTROL_BRACKET)
        self.expect_text(PROMPT)

        def ask(line, deadline=COMMAND_DEADLINE, window=None):
            self.type(line + "\r")
            self.expect_text(line + "\r\n", deadline)
            self.expect_text(PROMPT, deadline, window)
            return self.before

        yield ask
        self.type(CONTROL_BRACKET)
        self.expect_text("\n")
        self.type("\r")
        self.wait_for_prompt()


class Shared:
    """At most one shell of each kind; one that a test has failed with is replaced."""

    def __init__(self):
        self._shells = {}

    def get(self, architecture, **knobs):
        kind = (architecture, *sorted(knobs.items()))
        if kind not in self._shells:
            name = "-".join(["shared", architecture, *(f"{knob}={value}" for knob, value in sorted(knobs.items()))])
            shell = Shell(architecture, LOGS / f"{name}-{len(self._shells) + 1}.log", **knobs)
            self._shells[kind] = shell
            shell.boot()
        return self._shells[kind]

    def forget(self, shell, keep_log):
        self._shells = {kind: each for kind, each in self._shells.items() if each is not shell}
        shell.stop()
        if not keep_log:
            shell.log_path.unlink(missing_ok=True)

    def stop(self):
        for shell in list(self._shells.values()):
            self.forget(shell, keep_log=False)
