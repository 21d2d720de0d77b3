"""System calls that mean no good: every bad argument is an error, and nothing else."""

import re

import pytest

BOTH = pytest.mark.parametrize("cpus", [1, 4])
CALLS = 20_000


@BOTH
def test_bad_arguments(shell):
    before = shell.balance()
    printed = shell.run("test-calls", deadline=60)
    assert "FAIL" not in printed
    assert int(re.search(r"test-calls: (\d+) passed, 0 failed", printed)[1]) > 100
    shell.check_balance(before)


@BOTH
def test_fuzz(shell, cpus):
    """While a job spins, whom nothing of it disturbs; the seed is always the same."""
    job = shell.start("nice 8 spin")
    before = shell.balance()
    printed = shell.run(f"test-fuzz {cpus} {CALLS}", deadline=120)
    assert "FAIL" not in printed
    shell.check_balance(before)
    assert f"process {job[1]}" in shell.command("jobs")
    shell.kill(job)


@pytest.mark.parametrize("cpus", [4])
def test_fuzz_on_all_cpus_at_once(shell, cpus):
    before = shell.balance()
    for seed in range(10, 10 + cpus):
        shell.type(f"test-fuzz {seed} 2000 &\r")
    printed = ""
    for _ in range(cpus):
        shell.expect(r"test-fuzz: \d passed", deadline=60)
        printed += shell.before
    for line in ["it made all its calls", "the witness saw nothing"]:  # Each counts the others' processes, too, and may fail for it.
        assert printed.count(f"PASS test-fuzz: {line}") == cpus, printed
    shell.wait_for_jobs()
    shell.check_balance(before)
