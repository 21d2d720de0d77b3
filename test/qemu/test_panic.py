"""Crashing on purpose: every exception says what happened and where, and QEMU ends with a failing status."""

import re

import pytest
from machine import Qmp

# KIND of `panic`, and what the first line of the report must say of it on each architecture.
EXCEPTIONS = {
    "read": {"arm64": "(?i)data abort", "x64": "(?i)page fault", "rv64": "(?i)load"},
    "write": {"arm64": "(?i)data abort", "x64": "(?i)page fault", "rv64": "(?i)store"},
    "write-text": {"arm64": "(?i)data abort", "x64": "(?i)page fault", "rv64": "(?i)store"},
    "execute": {"arm64": "(?i)instruction abort", "x64": "(?i)page fault", "rv64": "(?i)instruction"},
    "execute-data": {"arm64": "(?i)instruction abort", "x64": "(?i)page fault", "rv64": "(?i)instruction"},
    "undefined": {"arm64": "(?i)brk|break|undefined|unknown", "x64": "(?i)invalid opcode|undefined",
                  "rv64": "(?i)illegal|break"},
}


def crash(machine, kind):
    machine.type(f"panic {kind}\r")
    report = machine.wait_for_exit()
    assert machine.exit_status not in (0, None), f"QEMU ended with status {machine.exit_status}\n{machine.describe()}"
    assert report.count("KERNEL PANIC") == 1, machine.describe()
    return report


def headline(report):
    return re.search(r"KERNEL PANIC.*", report)[0]


def check_exception(report, cause, culprit):
    assert re.search(cause, headline(report)), headline(report)
    # Registers, at least a dozen of them, as 64-bit numbers.
    registers = report.partition("registers")[2].partition("backtrace")[0]
    assert len(re.findall(r"\b(?:0x)?[0-9a-f]{16}\b", registers)) >= 12
    check_backtrace(report, culprit)


def check_backtrace(report, culprit):
    """From the culprit to the kernel's entry, by name; a function that needs no frame may be missing in between."""
    backtrace = report.partition("backtrace")[2]
    for name in [culprit, "monitor::run", "kernel_main"]:
        assert name in backtrace, f"{name} is not in the backtrace:{backtrace}"


@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_exception(machine, architecture, kind):
    # A jump into nowhere leaves no frame of the function that jumped.
    culprit = "monitor::provoke +" if kind.startswith("execute") else "provoke_" + kind.replace("-", "_")
    check_exception(crash(machine, kind), EXCEPTIONS[kind][architecture], culprit)


def test_stack_overflow(machine):
    """The stack's guard page stops the recursion, and the report still has a stack to be made on."""
    report = crash(machine, "stack")
    backtrace = report.partition("backtrace")[2]
    assert "provoke_stack" in backtrace and "kernel_main" in backtrace, backtrace
    assert len(report) < 10_000, "the report drowns in repeated frames"


def test_divide(machine, architecture):
    """x64 traps division by zero; the other two define a result, and the kernel says so and lives."""
    if architecture == "x64":
        check_exception(crash(machine, "divide"), "(?i)divide", "provoke_divide")
    else:
        assert "does not trap" in machine.command("panic divide")
        assert "up " in machine.command("uptime")


def test_failed_check(machine):
    report = crash(machine, "assert")
    assert re.search(r"kernel/monitor/provoke\.cpp:\d+", report)
    check_backtrace(report, "provoke_assert")


def test_double_free(machine):
    assert re.search("(?i)free", headline(crash(machine, "double-free")))


def test_overrun_is_seen_by_a_debug_build(boot):
    assert "KERNEL PANIC" in crash(boot(DEBUG=1), "overrun")


@pytest.mark.only("x64")
def test_non_maskable_interrupt(start, architecture, tmp_path):
    """An exception that no instruction causes: it comes from outside, while the CPU sleeps."""
    machine = start(QEMU_EXTRA=Qmp.qemu_options(tmp_path / "qmp"))
    machine.boot()
    Qmp(tmp_path / "qmp").execute("inject-nmi")
    assert re.search("(?i)nmi|non-maskable", headline(machine.wait_for_exit()))


def test_kinds_are_listed(machine):
    listed = machine.command("panic")
    for kind in [*EXCEPTIONS, "stack", "divide", "assert"]:
        assert re.search(rf"panic {kind}\b", listed)


def test_panic_can_halt_for_a_debugger(boot):
    machine = boot(APPEND="panic=halt")
    machine.type("panic assert\r")
    machine.expect_text("KERNEL PANIC")
    machine.expect(r"halted[^\n]*\n")
    machine.expect_silence(1)
