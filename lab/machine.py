"""A kernel under test for grading: QEMU with virtual time, so that a slow computer costs no points.

Under `-icount shift=6` an instruction is 64 ns of virtual time, however long the computer takes for it, and only while the
machine idles does virtual time go with real time. Budgets are in virtual seconds, read from outside the kernel: from the
machine's real-time clock, through QEMU's monitor. The virtual CPU is a slow one, so that a kernel that spins uses up its budget
soon: a second is 16 million instructions, of which QEMU does half in a real second at worst, when each polls a device.
"""

import codecs
import io
import json
import os
import pathlib
import re
import select
import shlex
import socket
import subprocess
import tempfile

PROMPT = "trivium> "


class Failure(Exception):
    """A step that did not do what it should: what was expected, and what was seen instead."""

    def __init__(self, expected, seen):
        super().__init__(expected)
        self.expected = expected
        self.seen = seen


def qemu_command(architecture, **knobs):
    """What `make run` would execute with these knobs, as a list of words; its console is plain standard input and output."""
    words = [f"{name}={value}" for name, value in knobs.items()]
    printed = subprocess.run(["make", "-s", "--no-print-directory", f"ARCH={architecture}", *words, "qemu-command"],
                             capture_output=True, text=True)
    if printed.returncode:
        raise Failure("a command for QEMU from `make qemu-command`", printed.stdout + printed.stderr)
    return [*shlex.split(printed.stdout.replace("mon:stdio", "stdio")), "-monitor", "none"]


class Machine:
    """One boot of the kernel. Use it as a context manager: QEMU is gone afterwards, come what may.

    With `parallel` its CPUs run side by side, which QEMU does not do in virtual time: then a second is one of the computer's,
    budgets should be ample, and a kernel that sleeps for ever uses its budget up.
    """

    def __init__(self, architecture, parallel=False, **knobs):
        self.architecture = architecture
        self.output = ""
        self.position = 0  # Everything before it was matched already.
        self._folder = tempfile.TemporaryDirectory(prefix="trivium-grade-")
        monitor = pathlib.Path(self._folder.name) / "qmp"
        disk = pathlib.Path(self._folder.name) / "disk.img"
        disk.touch()
        os.truncate(disk, 64 << 20)
        knobs.setdefault("INITRD", "none")  # The kernel's own prompt; a lab about programs says otherwise.
        knobs.setdefault("DISK", disk)  # One of its own, for QEMU locks it against other machines that run meanwhile.
        time = "" if parallel else "-icount shift=6,align=off "
        knobs["QEMU_EXTRA"] = (f"{time}-rtc base=2024-01-01,clock=vm "
                               f"-qmp unix:{monitor},server=on,wait=off " + knobs.get("QEMU_EXTRA", ""))
        self._process = subprocess.Popen(qemu_command(architecture, **knobs), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(self._process.stdout.fileno(), False)
        self._monitor_path = monitor
        self._monitor = None
        self._answers = b""
        self._decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        if self._monitor:
            self._monitor.close()
        self._folder.cleanup()

    def expect(self, pattern, budget, what):
        """Waits until the output matches `pattern` behind what was matched before; Failure when `budget` virtual seconds have
        gone by since, the machine has ended, or it waits for something that will never come."""
        start = self.virtual_seconds()
        while True:
            if match := re.compile(pattern).search(self.output, self.position):
                self.position = match.end()
                return match
            self._wait(start, budget, what)

    def command(self, text, budget=5, what=None):
        """Types a command at the prompt, and returns what was printed up to the next one."""
        start = self.position
        self.type(text + "\r")
        self.expect(re.escape(PROMPT) + "$", budget, what or f"an answer to `{text}`, and the prompt again")
        return self.output[start:self.position]

    def boot(self, budget=5):
        """Waits for the prompt."""
        self.expect(re.escape(PROMPT) + "$", budget, f"the prompt `{PROMPT}`")

    def type(self, text):
        try:
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # QEMU has ended; expect() will say so.

    def virtual_seconds(self):
        """The machine's real-time clock, in seconds of virtual time; None while QEMU does not answer."""
        read = {"arm64": lambda: self._memory(0x0901_0000, 1)[0],
                "rv64": lambda: (lambda words: (words[1] << 32 | words[0]) / 1e9)(self._memory(0x0010_1000, 2)),
                "x64": self._pc_clock}[self.architecture]
        try:
            return read()
        except (OSError, ValueError, IndexError, KeyError):
            return None

    def _pc_clock(self):
        date = self._ask("qom-get", path="/machine", property="rtc-time")
        days = date["tm_mday"]
        return ((days * 24 + date["tm_hour"]) * 60 + date["tm_min"]) * 60 + date["tm_sec"]

    def _memory(self, address, words):
        answer = self._ask("human-monitor-command", **{"command-line": f"xp /{words}wx {address:#x}"})
        return [int(word, 16) for word in re.findall(r" 0x([0-9a-f]+)", answer)]

    def _ask(self, command, **arguments):
        if self._monitor is None:
            self._connect()
        self._monitor.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = json.loads(self._answer_line())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise ValueError(answer["error"]["desc"])

    def _answer_line(self):
        """The monitor's next line. What the kernel prints meanwhile is taken in: QEMU answers nobody while its output is stuck."""
        while b"\n" not in self._answers:
            ready = select.select([self._monitor, self._process.stdout], [], [], 20)[0]
            if self._process.stdout in ready:
                self._read(0)
            data = self._monitor.recv(4096) if self._monitor in ready else b""
            if not data and (not ready or self._monitor in ready):
                raise OSError("QEMU has ended, or does not answer")
            self._answers += data
        line, _, self._answers = self._answers.partition(b"\n")
        return line

    def _connect(self):
        link = socket.socket(socket.AF_UNIX)
        while link.connect_ex(str(self._monitor_path)) != 0:  # QEMU has not come so far yet.
            if self._process.poll() is not None:
                raise OSError("QEMU has ended")
            select.select([], [], [], 0.01)
        self._monitor = link
        self._answer_line()
        self._ask("qmp_capabilities")

    def _wait(self, start, budget, what):
        """Takes in what is printed next; Failure when there is no reason to think that what is waited for will come."""
        known = len(self.output)
        ended = self._process.poll() is not None
        self._read(0.1)
        if ended and len(self.output) == known:
            raise Failure(what, f"{self._seen()}\n(QEMU has ended with status {self._process.returncode})")
        if not ended and (reason := self._hopeless(start, budget, known)):
            raise Failure(what, f"{self._seen()}\n({reason})")

    def _read(self, patience):
        """Takes in what was printed, waiting for it up to `patience` seconds."""
        select.select([self._process.stdout], [], [], patience)
        self.output += self._decoder.decode(self._process.stdout.read() or b"")

    def _hopeless(self, start, budget, known):
        """Why there is nothing more to wait for: the budget, or a machine in which nothing is pending and that prints nothing."""
        now = self.virtual_seconds()
        if now is None or start is None:
            return self._silence()
        if now - start > budget:
            return f"{budget} seconds of the machine's time are used up"
        self._read(1.0 if len(self.output) == known else 0)
        is_quiet = len(self.output) == known and self._is_asleep()  # Asked before the clock, which wakes QEMU up.
        if is_quiet and self.virtual_seconds() == now and not self._is_ticking(now, known):
            return "the machine is idle, and nothing will wake it"
        return None

    def _silence(self):
        """Why QEMU does not tell the time: most often it is about to end."""
        try:
            self._process.wait(10)
            return None
        except subprocess.TimeoutExpired:
            return "QEMU does not answer"

    def _is_ticking(self, now, known):
        """Whether virtual time goes on: the clocks that count whole seconds are asked for long enough to see it."""
        for _ in range(6):
            self._read(0.5)
            if len(self.output) != known or self.virtual_seconds() != now:
                return True
        return False

    def _is_asleep(self):
        """Whether no thread of QEMU runs or wants to; where the system does not tell, unchanged time must do."""
        try:
            threads = pathlib.Path(f"/proc/{self._process.pid}/task").glob("*/stat")
            return all(path.read_text().rsplit(")", 1)[1].split()[0] == "S" for path in threads)
        except OSError:
            return True

    def _seen(self):
        """What came instead of what was waited for: of a panic all but the registers, else the last lines."""
        output = self.output[self.position:]
        if (panic := output.find("KERNEL PANIC")) >= 0:
            lines = re.sub(r"registers:\n(?s:.*?)(?=backtrace:)", "", output[panic:]).splitlines()[:16]
        else:
            lines = output.splitlines()[-12:]
        return "\n".join(lines) or "(no output)"
