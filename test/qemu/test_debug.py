"""`make debug`: gdb attached to a stopped machine, with symbols, the console, and our own commands."""

import os
import re
import signal
import socket
import time

import pexpect
import pytest
from machine import LOGS, ROOT, SCALE, Surprise, file_name_of, make_environment

GDB_PROMPT = "(gdb) "


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Debugger:
    """A `make debug` session, driven like a person would."""

    def __init__(self, architecture, log_path, **knobs):
        log_path.parent.mkdir(parents=True, exist_ok=True)
        self.log_path = log_path
        self._log = open(log_path, "w", encoding="utf-8")
        environment = make_environment() | {"GDB_PORT": str(free_port()), "TERM": "dumb"}
        words = [f"{name}={value}" for name, value in knobs.items()]
        self._child = pexpect.spawn("make", ["--no-print-directory", f"ARCH={architecture}", *words, "debug"], cwd=ROOT, env=environment,
                                    encoding="utf-8", codec_errors="replace", timeout=30 * SCALE, dimensions=(50, 200))
        self._child.logfile_read = self._log
        self._child.delaybeforesend = None
        self.expect(GDB_PROMPT)

    def expect(self, text):
        try:
            self._child.expect_exact(text)
        except (pexpect.TIMEOUT, pexpect.EOF):
            self._log.flush()
            raise Surprise(f"no {text!r} in {self.log_path}:\n{self.log_path.read_text(encoding='utf-8')[-3000:]}") from None
        return self._child.before

    def command(self, text):
        """Types a command; returns what gdb shows before its next prompt."""
        self._child.sendline(text)
        self.expect(text)
        return self.expect(GDB_PROMPT)

    def type(self, text):
        self._child.send(text)

    def quit(self):
        self._child.sendline("quit")
        self._child.expect(pexpect.EOF)
        self._child.wait()
        return self._child.exitstatus

    def stop(self):
        """Ends make, gdb and QEMU: they share the terminal, or end with those that do."""
        if self._child.isalive():
            os.killpg(self._child.pid, signal.SIGTERM)
        self._child.close(force=True)
        self._log.close()


@pytest.fixture
def debug(architecture, request):
    """Starts a session: debug(INITRD="none")."""
    sessions = []

    def start(**knobs):
        sessions.append(Debugger(architecture, LOGS / f"{file_name_of(request.node.name)}-gdb.log", DISK="none", **knobs))
        return sessions[-1]

    yield start
    for session in sessions:
        session.stop()
        if not getattr(request.node, "failed", False):
            session.log_path.unlink(missing_ok=True)


def test_from_the_first_instruction_to_the_prompt(debug, architecture):
    debugger = debug(INITRD="none")
    debugger.command("break kernel_main")
    assert f"Hello World from Trivium on {architecture}" in debugger.command("continue")
    backtrace = debugger.command("backtrace")
    assert re.search(r"#0 .*kernel_main", backtrace), backtrace
    assert re.search(r"#1 .*platform_entry", backtrace), backtrace
    debugger.command("break monitor::run")
    assert "monitor::run" in debugger.command("continue")

    assert "MiB" in debugger.command("trivium-log")
    assert re.search(r"[1-9]\d* of [1-9]\d* frames are free", debugger.command("trivium-frames"))
    assert "RAM 0x" in debugger.command("trivium-devices")
    assert "console" in debugger.command("trivium-interrupts")
    assert "trivium-log" in debugger.command("trivium")

    debugger.command("delete")  # Else what is typed interrupts the step over the breakpoint, which is then met again.
    debugger.command("trivium-type uptime")
    debugger.type("continue\n")
    debugger.expect("trivium> uptime")
    debugger.expect("up ")
    debugger.type("\x03")  # Ctrl-C stops the machine, and does not end QEMU.
    debugger.expect(GDB_PROMPT)
    assert debugger.quit() == 0


def test_stepping_over_the_first_instructions(debug):
    """boot.S can be followed: one instruction is one step, in whatever state the machine starts."""
    debugger = debug(INITRD="none")
    counters = [re.search(r"0x[0-9a-f]+", debugger.command("p/x $pc"))[0]]
    for _ in range(3):
        debugger.command("stepi")
        counters.append(re.search(r"0x[0-9a-f]+", debugger.command("p/x $pc"))[0])
    assert len(set(counters)) == len(counters), counters


def run_until(debugger, text):
    """Lets the machine run until it has printed that, and stops it."""
    debugger.type("continue\n")
    debugger.expect(text)
    debugger.type("\x03")
    debugger.expect(GDB_PROMPT)


def run_until_shown(debugger, command, lines):
    """Lets the machine run for moments, until the command shows all that."""
    end = time.monotonic() + 30 * SCALE
    while not all(re.search(line, shown := debugger.command(command)) for line in lines):
        if time.monotonic() > end:
            raise Surprise(f"{lines} are not all in {shown}")
        run_until(debugger, "Continuing.")


def test_processes_threads_and_page_tables(debug):
    debugger = debug()
    run_until(debugger, "$ ")
    debugger.command("trivium-type spin &")
    run_until(debugger, "[1] process 4")
    run_until_shown(debugger, "trivium-processes",
                    [r"1 +- +\d+ +init +waiting", r"2 +1 +\d+ +terminal +waiting waiting", r"3 +1 +\d+ +shell +waiting waiting",
                     r"4 +3 +\d+ +spin +running"])

    run_until_shown(debugger, "trivium-threads shell",
                    [r"(?s)thread 0: waiting, priority 24.*shell::Console::read_line.*\bmain\b.*start_process",
                     r"(?s)thread 1: waiting.*shell::Console::attend.*start_thread"])
    run_until_shown(debugger, "trivium-threads 4", [r"(?s)thread 0: running, priority 16, on cpu0\s+.*\bmain\b.*start_process"])

    entry = debugger.command("trivium-pagetable 0x400000 spin")
    assert re.search(r"level 0 .* leaf 0x[0-9a-f]+ r-x user\s+0x400000 is at physical 0x[1-9a-f][0-9a-f]*000\b", entry), entry
    assert debugger.command("trivium-pagetable 0x400000").splitlines()[1:] == entry.splitlines()[1:], "spin is what runs here"
    assert "0x10 is not mapped" in debugger.command("trivium-pagetable 0x10 spin")
    assert re.search(r"leaf 0x[0-9a-f]+ r-x global", debugger.command("trivium-pagetable kernel_main"))

    assert "spin: symbols" in debugger.command("trivium-symbols")
    run_until_shown(debugger, "backtrace", [r"#\d+ .*main .*user/spin/main.cpp"])
    assert "no process nobody" in debugger.command("trivium-threads nobody")
    assert debugger.quit() == 0


def test_a_breakpoint_in_a_program(debug):
    """Others have code at its address, too: the shell, which runs first, must not be stopped there."""
    debugger = debug()
    run_until(debugger, "$ ")
    debugger.command("trivium-symbols hello-a")
    debugger.command('break user/hello-a/main.cpp:main if $_program("hello-a")')
    debugger.command("trivium-type hello-a")
    stopped = debugger.command("continue")
    assert re.search(r"Breakpoint 1, main .*user/hello-a/main.cpp", stopped, re.DOTALL), stopped
    assert re.search(r"hello-a +running", debugger.command("trivium-processes"))
    debugger.command("delete")
    debugger.type("continue\n")
    debugger.expect("A\r")
    debugger.expect("\n$ ")
