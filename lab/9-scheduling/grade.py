"""Lab 9: programs run, wait, take turns by the clock, and each finds its registers as it left them."""

import random
import re

from grading import check
from machine import Failure
from shell import Shell

REGISTERS, WAITING = "take the registers back", "wait and wake"
FLOATING, TURNS = "keep the floating-point registers", "end a turn"
IN_SHELL = 16  # Priority of what the shell starts.


def threads_of(kernel, name):
    """The first threads of all processes of that name, by process."""
    return {int(thread["PROCESS"]): thread for thread in kernel.threads() if thread["NAME"] == name}


def start_spinners(kernel, priorities):
    """A spinner for each priority; returns the numbers of their processes."""
    processes = []
    for priority in priorities:
        answer = kernel.command(f"nice {priority} spin &")
        started = re.search(r"process (\d+)", answer)
        if not started:
            raise Failure(f"`[1] process N` from `nice {priority} spin &`", answer)
        processes.append(int(started[1]))
    return processes


def gained(kernel, processes, column):
    """What that column of `ps` has grown by for each spinner, in the time that `top 1` takes: a second, mostly slept through."""
    before = threads_of(kernel, "spin")
    kernel.command(f"nice {IN_SHELL + 4} top 1", 20)
    after = threads_of(kernel, "spin")
    try:
        return [float(after[process][column]) - float(before[process][column]) for process in processes]
    except KeyError:
        raise Failure(f"processes {processes}, all called spin, in `ps`", f"{sorted(after)}") from None


def told(name, values):
    return ", ".join(f"{name} {value:g}" for value in values)


@check("keep a run queue", later=(REGISTERS, WAITING, FLOATING, TURNS))
def keep_a_run_queue(architecture):
    with Shell(architecture) as kernel:
        kernel.boot()
        kernel.passes("test-priority", 20)
        priorities = random.sample(range(IN_SHELL), 4)
        processes = start_spinners(kernel, priorities)
        for highest in sorted(priorities, reverse=True):
            shares = gained(kernel, processes, "SECONDS")
            runs = [priority for priority, share in zip(priorities, shares) if share > 0]
            if runs != [highest]:
                raise Failure(f"of spinning programs with priorities {priorities} only the one with {highest} to run",
                              f"in a second: {told('s', shares)}")
            at = priorities.index(highest)
            kernel.command(f"kill {processes.pop(at)}")
            priorities.pop(at)
        kernel.type("hello-a & hello-b &\r")
        order = "".join(kernel.expect(r"([AB])\n", 5, "a hundred lines A and a hundred B")[1] for _ in range(200))
        if len(re.findall("AB|BA", order)) < 90:
            raise Failure("A and B in turns, as hello-a and hello-b yield after each line: first come, first served", order)


@check("take the registers back", later=(WAITING, FLOATING, TURNS))
def take_the_registers_back(architecture):
    with Shell(architecture, APPEND="slice=1") as kernel:
        kernel.boot()
        number = random.randrange(10 ** 6)
        if f"\n{number} {number + 1}\n" not in (answer := kernel.command(f"echo {number} {number + 1}")):
            raise Failure(f"{number} {number + 1} from `echo`", answer)
        kernel.passes("test-registers", 60)


@check("wait and wake", later=(FLOATING, TURNS))
def wait_and_wake(architecture):
    with Shell(architecture) as kernel:
        kernel.boot()
        kernel.passes("test-sleep", 20)
        kernel.passes("test-threads", 20)
        seconds = random.randrange(2, 5)
        answer = kernel.command(f"top {seconds}", 10)
        times = [float(time) for time in re.findall(r"^up (\d+\.\d+) s", answer, re.MULTILINE)]
        steps = [after - before for before, after in zip(times, times[1:])]
        if len(times) != seconds or not all(1 <= step <= 1.2 for step in steps):
            raise Failure(f"{seconds} tables a second apart from `top {seconds}`", f"at {told('s', times)}")


@check("keep the floating-point registers", later=(TURNS,))
def keep_the_floating_point_registers(architecture):
    with Shell(architecture) as kernel:
        kernel.boot()
        kernel.passes("test-fpu", 200)


@check("end a turn")
def end_a_turn(architecture):
    slice_length, count = random.choice((5, 8, 20, 25)), random.choice((2, 3, 4))
    with Shell(architecture, APPEND=f"slice={slice_length}") as kernel:
        kernel.boot()
        processes = start_spinners(kernel, [IN_SHELL])
        before = timer_interrupts(kernel)
        kernel.command(f"nice {IN_SHELL + 4} top 1", 20)
        if (alone := timer_interrupts(kernel) - before) > 8:
            raise Failure("hardly a timer interrupt in a second in which a program spins alone", f"{alone}")
        processes += start_spinners(kernel, [IN_SHELL] * (count - 1))
        shares = gained(kernel, processes, "SECONDS")
        if min(shares) < 0.8 * sum(shares) / count or max(shares) > 1.2 * sum(shares) / count:
            raise Failure(f"equal shares for {count} spinning programs", f"in a second: {told('s', shares)}")
        switches, turns = sum(gained(kernel, processes, "SWITCHES")), sum(shares) * 1000 / slice_length
        if not 0.8 * turns <= switches <= 1.3 * turns:
            raise Failure(f"about {turns:.0f} switches to {count} spinning programs in {sum(shares):.2f} s, as slice={slice_length} "
                          "makes a turn so many ms long", f"{switches:g}")
    check_interrupted_turn(architecture)


def check_interrupted_turn(architecture):
    """Whoever is disturbed in his turn by something more urgent goes on with it, before his equals."""
    with Shell(architecture, APPEND="slice=1000") as kernel:
        kernel.boot()
        processes = start_spinners(kernel, [IN_SHELL] * 2)
        before = threads_of(kernel, "spin")
        kernel.command(f"nice {IN_SHELL + 4} test-sleep", 20)
        after = threads_of(kernel, "spin")
        switches = [int(after[process]["SWITCHES"]) - int(before[process]["SWITCHES"]) for process in processes]
        if min(switches) > 5:
            raise Failure("of two spinning programs, in whose turns of a second a more urgent one wakes again and again, always the "
                          "same to go on", f"switches to both: {told('', switches)}")


def timer_interrupts(kernel):
    return int(re.search(r"deadline +(\d+) ", kernel.monitor("interrupts"))[1])
