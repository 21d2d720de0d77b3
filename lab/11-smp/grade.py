"""Lab 11: as many CPUs as there are work side by side, one at a time in the kernel, and none remembers what is gone.

They run in parallel, so that budgets are seconds of the computer's: ample ones.
"""

import random
import re

from grading import check
from machine import Failure
from shell import MONITOR_KEY, Shell

STARTED, SHARED = "start a CPU", "share the work"
NOTIFIED, FORGOTTEN = "notify a CPU", "forget everywhere"
BUDGET = 40


def boot(architecture, cpus, **knobs):
    return Shell(architecture, parallel=True, SMP=cpus, **knobs)


@check("hand the lock on", later=(STARTED, SHARED, NOTIFIED, FORGOTTEN))
def hand_the_lock_on(architecture):
    cpus = random.choice((2, 3))
    with boot(architecture, 1) as kernel:
        kernel.boot(BUDGET)
    with boot(architecture, cpus) as kernel:
        kernel.boot(BUDGET)
        for seed in random.sample(range(1000), 2):
            answer = kernel.command(f"stress 2 {seed}", BUDGET)
            if not re.search(r"[1-9]\d* operations, \d+ stopped by limits, 0 failed", answer):
                raise Failure(f"no failed operation in `stress 2 {seed}`, in which {cpus} CPUs use the kernel all the time", answer)
        kernel.passes("test-threads", BUDGET)


@check("start a CPU", later=(SHARED, NOTIFIED, FORGOTTEN))
def start_a_cpu(architecture):
    cpus = random.choice((2, 3, 5, 6, 7))
    with boot(architecture, cpus) as kernel:
        kernel.expect(rf"smp: {cpus} CPUs are up", BUDGET, f"the line `smp: {cpus} CPUs are up`, as the machine has so many")
        kernel.boot(BUDGET)
        answer = kernel.command("uptime", BUDGET)
        if re.findall(r"^CPU (\d+):", answer, re.MULTILINE) != [str(cpu) for cpu in range(cpus)]:
            raise Failure(f"CPUs 0 to {cpus - 1} in `uptime`", answer)


@check("share the work", later=(NOTIFIED, FORGOTTEN))
def share_the_work(architecture):
    cpus = random.choice((2, 3, 4))
    with boot(architecture, cpus) as kernel:
        kernel.boot(BUDGET)
        for _ in range(cpus):
            kernel.command("nice 10 spin &", BUDGET)
        spinning = [thread for thread in kernel.threads() if thread["NAME"] == "spin"]
        used = {thread["CPU"] for thread in spinning if thread["STATE"] == "running"}
        if len(used) < cpus - 1:  # `ps` itself needs one.
            raise Failure(f"{cpus} spinning programs on {cpus} CPUs", f"they run on {', '.join(sorted(used)) or 'none'}")
        kernel.passes("test-affinity", BUDGET)


@check("notify a CPU", later=(FORGOTTEN,))
def notify_a_cpu(architecture):
    cpus = random.choice((3, 4, 5))
    for knobs in ({"GIC": 2}, {"GIC": 3}) if architecture == "arm64" else ({},):
        with boot(architecture, cpus, **knobs) as kernel:
            kernel.boot(BUDGET)
            for _ in range(cpus):
                kernel.command("spin &", BUDGET)
            kernel.type(MONITOR_KEY)
            kernel.expect("trivium> ", BUDGET, "the monitor's prompt after Ctrl-], while all CPUs spin")
            kernel.type("panic assert\r")
            for _ in range(cpus - 1):
                kernel.expect(r"cpu\d+ was here:\n", BUDGET, f"where each of {cpus - 1} other CPUs was, in a panic: it is told "
                              "to stop by a notice")


@check("forget everywhere")
def forget_everywhere(architecture):
    with boot(architecture, random.choice((2, 3, 4))) as kernel:
        kernel.boot(BUDGET)
        kernel.passes("test-memory", BUDGET)
        kernel.passes("test-races", 2 * BUDGET)
