"""Timer and interrupts, as they look from outside."""

import re
import time

from machine import SCALE

PATIENCE = 0.25 * SCALE  # How late a tick may be seen on a busy host.


def test_ticks_are_a_second_apart(machine):
    machine.type("ticks 4\r")
    seen = []
    for tick in range(1, 5):
        machine.expect_text(f"tick {tick}\r\n")
        seen.append(time.monotonic())
    machine.wait_for_prompt()
    gaps = [later - earlier for earlier, later in zip(seen, seen[1:])]
    assert all(abs(gap - 1) < PATIENCE for gap in gaps), f"ticks {gaps} s apart"
    assert abs(seen[-1] - seen[0] - 3) < PATIENCE, "ticks drift"


def test_uptime_agrees_with_the_host(machine):
    def both_clocks():
        kernel = float(re.search(r"(\d+\.\d+)", machine.command("uptime"))[1])
        return time.monotonic(), kernel

    host_before, kernel_before = both_clocks()
    machine.command("ticks 2")
    host_after, kernel_after = both_clocks()
    assert abs((host_after - host_before) - (kernel_after - kernel_before)) < PATIENCE


def test_waiting_costs_nothing(machine):
    """While the prompt waits, the CPU sleeps: QEMU uses less than 5 % of a core."""
    window = 2
    before = machine.cpu_seconds()
    machine.expect_silence(window)
    assert machine.cpu_seconds() - before < 0.05 * window


def test_waiting_for_a_tick_costs_nothing(machine):
    machine.type("ticks 3\r")
    machine.expect_text("tick 1\r\n")
    before = machine.cpu_seconds()
    machine.expect_text("tick 3\r\n")
    assert machine.cpu_seconds() - before < 0.05 * 2


def counts(machine):
    """All numbers that `interrupts` prints, by line name."""
    table = {}
    for line in machine.command("interrupts").splitlines():
        words = re.match(r"\s*(.*?\S)\s+(\d+)(?:\s|$)", line)
        if words:
            table[words[1]] = int(words[2])
    return table


def test_interrupts_are_counted(machine):
    before = counts(machine)
    machine.command("ticks 1")
    after = counts(machine)
    assert after.keys() >= before.keys()
    assert any(after[name] > before[name] for name in before), f"no count rose: {before} {after}"
