"""Several CPUs at once: everything from everywhere, and a panic that stops them all."""

import re

import pytest
from cases import cases_of, holds

BOTH = pytest.mark.parametrize("cpus", [1, 4])


@pytest.mark.parametrize("cpus", [1, 2, 3, 4, 8])
def test_every_number_of_cpus(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    listed = re.findall(r"^CPU (\d+):", shell.run("uptime"), re.MULTILINE)
    assert listed == [str(cpu) for cpu in range(cpus)]


@BOTH
@pytest.mark.parametrize("case", cases_of("test-smp"))
def test_case(shell, case):
    before = shell.balance()
    holds(shell, "test-smp", case)
    shell.check_balance(before)


@BOTH
def test_stress(shell, cpus):
    before = shell.balance()
    printed = shell.run(f"stress 5 {cpus}", deadline=60)
    operations = re.search(r"stress: seed \d+: (\d+) operations, \d+ stopped by limits, 0 failed", printed)
    assert operations and int(operations[1]) > 50, printed
    shell.check_balance(before)


@pytest.mark.parametrize("cpus", [4])
def test_several_stresses_together(shell):
    before = shell.balance()
    for seed in range(3):
        shell.type(f"stress 3 {seed} &\r")
    for _ in range(3):
        shell.expect(r"stress: seed \d+: (\d+) operations, \d+ stopped by limits, 0 failed", deadline=60)
    shell.wait_for_jobs()
    shell.check_balance(before)


@pytest.mark.parametrize("cpus", [4])
def test_panic_stops_all_and_shows_where_they_were(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    for _ in range(cpus):
        shell.start("spin")
    shell.type("\x1d")
    shell.expect_text("trivium> ")
    shell.type("panic assert\r")
    report = shell.wait_for_exit()
    assert shell.exit_status not in (0, None)
    assert report.count("KERNEL PANIC") == 1
    here = [int(cpu) for cpu in re.findall(r"cpu(\d+) was here:\nbacktrace", report)]
    assert sorted(here) == [1, 2, 3], report
    assert report.count("backtrace") == cpus


@pytest.mark.parametrize("cpus", [4])
def test_reboot_and_poweroff_with_programs(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    for _ in range(cpus):
        shell.start("spin")
    shell.type("\x1d")
    shell.expect_text("trivium> ")
    shell.type("reboot\r")
    shell.boot()
    shell.type("\x1d")
    shell.expect_text("trivium> ")
    shell.type("poweroff\r")
    shell.wait_for_exit()
    assert shell.exit_status == 0
