"""Lab 4: typed keys arrive by interrupt, ticks come a second apart, and an idle kernel is left alone."""

import re

from grading import check, unfinished
from machine import Failure, Machine


@check("claim an interrupt")
def claim_an_interrupt(architecture):
    with Machine(architecture) as kernel:
        kernel.boot()
        kernel.type("Z")
        kernel.expect(f"Z|{unfinished('drop, handle, complete')}", 2,
                      "a typed Z echoed: the console interrupts, and the kernel claims its line")


@check("drop, handle, complete")
def drop_handle_complete(architecture):
    with Machine(architecture) as kernel:
        kernel.boot()
        for line in ("uptime", "uptime", "interrupts"):
            answer = kernel.command(line, 2, "one answer after the other: a line that was completed fires again")
        counted = re.search(r"(\d+) +console", answer)
        if not counted or int(counted[1]) < 3:
            raise Failure("at least 3 interrupts counted for the console in `interrupts`", answer)


def first_tick(kernel):
    """How many seconds a tick takes by the kernel's own clock, which is given in this lab. Typed in one go, to wait for nobody."""
    kernel.type("uptime\rticks 1\ruptime\r")
    up = r"up (\d+\.\d{6}) s\n"
    seen = kernel.expect(rf"{up}(?s:.*)tick 1\n(?s:.*){up}", 4, "tick 1 after a second, between two answers to `uptime`")
    kernel.boot()
    return float(seen[2]) - float(seen[1])


@check("program the timer")
def program_the_timer(architecture):
    with Machine(architecture) as kernel:
        kernel.boot()
        before = kernel.virtual_seconds()
        kernel.type("ticks 4\r")
        seen = kernel.expect(f"tick 1|{unfinished('let expired timers run')}", 3, "tick 1 after a second")
        if seen[0] != "tick 1":
            return  # The timer did interrupt; what is to be done then is the next step.
        kernel.expect("tick 4", 6, "4 ticks in 4 seconds")
        passed = kernel.virtual_seconds() - before
        if not 3 <= passed <= 5:  # Some of these clocks count whole seconds.
            raise Failure("4 ticks in 4 s of virtual time, by the machine's own clock", f"{passed:.1f} s")
        kernel.boot()
        if not 1 <= (passed := first_tick(kernel)) <= 1.1:
            raise Failure("tick 1 after a second, not early, by `uptime` before and after", f"{passed:.6f} s")


@check("let expired timers run")
def let_expired_timers_run(architecture):
    with Machine(architecture) as kernel:
        kernel.boot()
        answer = kernel.command("ticks 3", 10)
        if re.findall(r"tick \d+", answer) != ["tick 1", "tick 2", "tick 3"]:
            raise Failure("tick 1, tick 2, tick 3, each once and in this order", answer)
        counted = re.search(r"(\d+) +timer", kernel.command("interrupts"))
        if not counted or not 3 <= int(counted[1]) <= 6:
            raise Failure("3 timer interrupts for 3 ticks: one deadline each, and none once the queue is empty",
                          counted[0] if counted else "no count of the timer in `interrupts`")
