"""Who runs, and for how long: shares of a CPU, priorities, sleeping, and a machine that is quiet when nobody wants to run."""

import re

import pytest

BOTH = pytest.mark.parametrize("cpus", [1, 4])
MEASURED = 2.0  # Seconds of CPU time that are shared out.


def gained(shell, jobs):
    """How many seconds each job gets of the next few."""
    before = shell.run_times(jobs)
    while True:
        shares = [now - start for now, start in zip(shell.run_times(jobs), before)]
        if sum(shares) >= MEASURED:
            return shares


def share(shell, *lines):
    jobs = [shell.start(line) for line in lines]
    shares = gained(shell, jobs)
    shell.kill(*jobs)
    return shares


def run_together(shell):
    """The lines of hello-a and hello-b, as letters in their order."""
    shell.type("hello-a & hello-b &\r")
    seen = "".join(shell.expect("([AB])\r\n")[1] for _line in range(200))
    shell.wait_for_jobs()
    return seen


@BOTH
def test_two_programs_interleave(shell):
    """More than one try: the host may be busy elsewhere for as long as one of them takes."""
    seen = [run_together(shell) for _ in range(5)]
    assert max(len(re.findall("AB|BA", lines)) for lines in seen) >= 10, seen


def test_equals_share_one_cpu(shell):
    first, second = share(shell, "spin", "spin")
    assert 0.4 <= first / (first + second) <= 0.6, (first, second)


def test_four_equals_share_one_cpu(shell):
    shares = share(shell, "spin", "spin", "spin", "spin")
    assert all(0.15 <= each / sum(shares) <= 0.35 for each in shares), shares


def test_lower_priority_gets_nothing(shell):
    higher, lower = share(shell, "spin", "nice 15 spin")
    assert higher >= MEASURED and lower == 0, (higher, lower)


def test_lower_priority_runs_when_the_higher_one_is_gone(shell):
    higher, lower = shell.start("spin"), shell.start("nice 15 spin")
    shell.kill(higher)
    assert gained(shell, [lower])[0] >= MEASURED
    shell.kill(lower)


@pytest.mark.parametrize("cpus", [4])
def test_programs_spread_over_all_cpus(shell, cpus):
    """As many as there are CPUs: each gets one."""
    jobs = [shell.start("nice 10 spin") for _ in range(cpus)]
    shares = gained(shell, jobs)
    used = {each["CPU"] for each in shell.threads() if each["NAME"] == "spin"}
    shell.kill(*jobs)
    assert min(shares) > 0.05 and len(used) >= cpus - 1, (shares, used)


@BOTH
@pytest.mark.parametrize("program", ["test-priority", "test-sleep", "test-affinity", "test-migration", "test-fpu", "test-registers"])
def test_program_passes(shell, program):
    before = shell.balance()
    assert "FAIL" not in shell.run(program, deadline=90)
    shell.check_balance(before)


@BOTH
def test_idle_machine_does_not_tick(shell):
    """Nothing but the monitor's own clock asks for timer interrupts while the shell waits."""
    with shell.monitor() as ask:
        before = timer_interrupts(ask)
        ask("ticks 2")
        during = timer_interrupts(ask) - before
    first = idle_interrupts(shell)
    shell.expect_silence(2)
    second = idle_interrupts(shell)
    assert during <= 4
    assert second - first <= 2, "timer interrupts while the shell waits"


def test_turns_are_timer_interrupts(shell):
    """Two that spin take turns by the timer: `uptime` counts them."""
    before = counted_by_uptime(shell)
    share(shell, "spin", "spin")
    assert counted_by_uptime(shell) - before >= 10


def counted_by_uptime(shell):
    return sum(int(count) for count in re.findall(r"(\d+) timer interrupts", shell.run("uptime")))


def timer_interrupts(ask):
    return int(re.search(r"deadline +(\d+) ", ask("interrupts"))[1])


def idle_interrupts(shell):
    with shell.monitor() as ask:
        return timer_interrupts(ask)


@BOTH
def test_sleeping_machine_uses_no_host_cpu(shell):
    shell.command("echo")
    before = shell.cpu_seconds()
    shell.expect_silence(2)
    assert shell.cpu_seconds() - before < 0.5


def test_alone_is_not_interrupted(shell):
    """One program that spins alone gets no slices, thus no timer interrupts to end them."""
    job = shell.start("spin")
    first = idle_interrupts(shell)
    shell.expect_silence(2)
    second = idle_interrupts(shell)
    shell.kill(job)
    assert second - first <= 5, second - first
