"""Executables that are damaged: the real spawn says what is wrong with each, and nothing else happens."""

import re

import pytest

BOTH = pytest.mark.parametrize("cpus", [1, 4])
MUTATIONS = 200


@BOTH
def test_mutated_executables(shell, cpus):
    before = shell.balance()
    printed = shell.run(f"test-elf {cpus} {MUTATIONS}", deadline=120)
    assert "FAIL" not in printed
    assert int(re.search(r"(\d+) refused", printed)[1]) > MUTATIONS // 4, "hardly any mutation is refused"
    shell.check_balance(before)
