"""One virtual machine running Trivium, driven over its serial console: waits on what appears, with deadlines, never sleeps.

QEMU's command comes from the Makefile (`make qemu-command`), so that the tests boot exactly what `make run` boots.
"""

import json
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import termios
import time
from pathlib import Path

import pexpect

ROOT = Path(__file__).resolve().parents[2]
PROMPT = "trivium> "
LOGS = ROOT / "build" / "test-logs"

# Deadlines are in seconds on an idle machine; a slow or busy one may stretch all of them.
SCALE = float(os.environ.get("TRIVIUM_TIMEOUT_SCALE", "1"))
BOOT_DEADLINE = 10
COMMAND_DEADLINE = 10


DISK_SIZE = 64 << 20  # As that of `make run`


class Surprise(AssertionError):
    """The machine did not do what a test waited for."""


def make_environment():
    """The environment for a make of our own: without the flags of a make that runs these tests."""
    inherited = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"}
    return {name: value for name, value in os.environ.items() if name not in inherited}


def qemu_command(architecture, knobs):
    """What `make run` would execute with these knobs, as a list of words."""
    words = [f"{name}={value}" for name, value in knobs.items()]
    printed = subprocess.run(
        ["make", "-s", "--no-print-directory", f"ARCH={architecture}", *words, "qemu-command"],
        cwd=ROOT, env=make_environment(), capture_output=True, text=True, check=False)
    if printed.returncode != 0:
        raise Surprise(f"make qemu-command failed:\n{printed.stdout}{printed.stderr}")
    return shlex.split(printed.stdout)


def plain_newlines():
    """Runs in the child before QEMU: keeps the pseudo-terminal from making \\r\\n of \\n, as the kernel does that itself."""
    settings = termios.tcgetattr(1)
    settings[1] &= ~termios.ONLCR
    termios.tcsetattr(1, termios.TCSANOW, settings)


class Machine:
    """QEMU with a kernel in it. `knobs` are the Makefile's: MEM, SMP, CPU, GIC, VIRTUALIZATION, APPEND, QEMU_EXTRA, DEBUG."""

    def __init__(self, architecture, log_path, **knobs):
        self.architecture = architecture
        # A kernel cannot know this number unless it reads its command line: what shows it did run, just now.
        self.nonce = secrets.token_hex(8)
        knobs["APPEND"] = f"{knobs.get('APPEND', '')} nonce={self.nonce}".strip()
        log_path.parent.mkdir(parents=True, exist_ok=True)
        self._disk = log_path.with_suffix(".img")
        knobs.setdefault("INITRD", "none")  # The kernel's own prompt, unless a test wants programs.
        if "DISK" not in knobs:  # One of its own, for QEMU locks it against other machines that run meanwhile.
            self._disk.touch()
            os.truncate(self._disk, DISK_SIZE)
            knobs["DISK"] = self._disk
        self.arguments = qemu_command(architecture, knobs)
        self.log_path = log_path
        self.exit_status = None
        self._log = open(log_path, "w", encoding="utf-8", newline="")
        self._log.write(shlex.join(self.arguments) + "\n")
        self._child = pexpect.spawn(self.arguments[0], self.arguments[1:], cwd=ROOT, encoding="utf-8",
                                    codec_errors="replace", preexec_fn=plain_newlines)
        self._child.logfile_read = self._log
        self._child.delaybeforesend = None
        self.pid = self._child.pid

    # ---- Waiting -------------------------------------------------------------------------------------------------------

    def expect(self, pattern, deadline=COMMAND_DEADLINE):
        """Waits until the regular expression appears; returns its match. What came before it is `self.before`."""
        return self._wait(self._child.expect, pattern, deadline)

    def expect_text(self, text, deadline=COMMAND_DEADLINE, window=None):
        """Waits until exactly this text appears."""
        self._wait(self._child.expect_exact, text, deadline, window)

    def expect_silence(self, seconds):
        """Watches for that long, and fails if anything is printed."""
        found = self._child.expect([r"(?s).+", pexpect.TIMEOUT, pexpect.EOF], timeout=seconds)
        if found != 1:
            raise Surprise(f"expected {seconds} s of silence\n{self.describe()}")

    def _wait(self, how, what, deadline, window=None):
        try:
            how(what, timeout=deadline * SCALE, searchwindowsize=window or -1)
        except pexpect.TIMEOUT:
            raise Surprise(f"no {what!r} within {deadline * SCALE:g} s\n{self.describe()}") from None
        except pexpect.EOF:
            raise Surprise(f"QEMU ended before {what!r} appeared\n{self.describe()}") from None
        return self._child.match

    @property
    def before(self):
        """What was printed between the last two events, with plain newlines."""
        return self._child.before.replace("\r\n", "\n")

    def wait_for_prompt(self, deadline=COMMAND_DEADLINE):
        """Waits for the next prompt; returns what was printed before it."""
        self.expect_text(PROMPT, deadline)
        return self.before

    def wait_for_exit(self, deadline=COMMAND_DEADLINE):
        """Waits until QEMU ends by itself; returns all that was printed until then. See `exit_status`."""
        try:
            self._child.expect(pexpect.EOF, timeout=deadline * SCALE)
        except pexpect.TIMEOUT:
            raise Surprise(f"QEMU still runs after {deadline * SCALE:g} s\n{self.describe()}") from None
        self._child.wait()
        self.exit_status = self._child.exitstatus
        return self.before

    # ---- Talking -------------------------------------------------------------------------------------------------------

    def boot(self):
        """Waits for hello and the prompt, and for proof that this is this run's kernel; returns all that was printed."""
        printed = self.wait_for_prompt(BOOT_DEADLINE)
        if self.nonce not in printed:
            raise Surprise(f"the kernel did not log its command line (nonce {self.nonce})\n{self.describe()}")
        return printed

    def type(self, text):
        """Types exactly these characters."""
        self._child.send(text)

    def command(self, text, deadline=COMMAND_DEADLINE):
        """Types a line at the prompt; returns what the kernel answers before the next prompt."""
        self.type(text + "\r")
        self.expect_text(text + "\r\n", deadline)
        return self.wait_for_prompt(deadline)

    # ---- Ending --------------------------------------------------------------------------------------------------------

    def stop(self):
        """Ends QEMU, whatever it does."""
        if self._child.isalive():
            os.kill(self.pid, signal.SIGKILL)
            self._child.wait()
        self._child.close(force=True)
        self._log.close()
        self._disk.unlink(missing_ok=True)

    def describe(self, lines=40):
        """The end of the serial log, for a failure's report."""
        self._log.flush()
        seen = self.log_path.read_text(encoding="utf-8", errors="replace").replace("\r", "").splitlines()
        cut = [f"… ({len(seen) - lines} earlier lines are in the file)"] if len(seen) > lines else []
        return "\n".join([f"--- serial log: {self.log_path.relative_to(ROOT)}", *cut, *seen[-lines:], "---"])

    def cpu_seconds(self):
        """CPU time that the QEMU process has used so far, over all its threads (proc(5), stat fields 14 and 15)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def connect(path, deadline=BOOT_DEADLINE * SCALE):
    """A connection to a Unix socket that QEMU may not have opened yet."""
    end = time.monotonic() + deadline
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(deadline)
        try:
            connection.connect(str(path))
            return connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.01)  # A file's appearance cannot be waited for in any better way here.


class Qmp:
    """QEMU's machine protocol on a socket: asks the machine itself for something, past the kernel."""

    @staticmethod
    def qemu_options(path):
        return f"-qmp unix:{path},server=on,wait=off"

    def __init__(self, path):
        self._lines = connect(path).makefile("rw", encoding="utf-8")
        self._lines.readline()  # QEMU's greeting.
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """Executes a command; returns what it answers. Events in between are passed over."""
        self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._lines.flush()
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise Surprise(f"QMP {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]


def file_name_of(test_id):
    """A test's id as a file name."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", test_id).strip("-")
