"""Messages, replies, signals and faults between real processes; and somebody who tries to get more by them than he was given.

A test here is a case of a program: what it does stands in user/test-ipc and user/test-forgery.
"""

import re

import pytest
from cases import cases_of, holds
from test_axiom import dump

BOTH = pytest.mark.parametrize("cpus", [1, 4])


@pytest.fixture(scope="module")
def balances():
    """What there was in each shell before its first case."""
    return {}


@pytest.fixture(autouse=True)
def remember(shell, balances):
    if shell not in balances:
        shell.run("echo-client", deadline=60)  # The service that it asks for stays.
        balances[shell] = shell.balance()


@BOTH
@pytest.mark.parametrize("case", cases_of("test-ipc"))
def test_case(shell, case):
    holds(shell, "test-ipc", case)


@BOTH
@pytest.mark.parametrize("case", cases_of("test-forgery"))
def test_forgery(shell, case):
    holds(shell, "test-forgery", case)


@BOTH
def test_echo(shell):
    assert " 0 wrong" in shell.run("echo-client", deadline=60)


@BOTH
@pytest.mark.parametrize("seed", [1, 2])
def test_each_request_is_answered_or_failed_once(shell, seed):
    """Clients and servers who are killed, cancelled and deprived while they talk."""
    printed = shell.run(f"stress-ipc 2 {seed}", deadline=90)
    assert re.search(r" [1-9]\d* answered, .* 0 wrong", printed), printed


@BOTH
def test_all_of_that_leaves_nothing_behind(shell, balances):
    shell.check_balance(balances[shell])


def test_unknown_case_is_refused(shell):
    assert "there is no case nonsense" in shell.command("test-ipc nonsense")
    assert shell.exit_code() == 2


# Nobody in these looks at a clock or at others: what they commit, and in which order, follows from who waits for whom.
IN_ORDER = ["echo-client", "test-ipc serve-threads", "test-ipc serve-processes", "test-ipc serve-at-each-priority"]


def test_fast_path_is_not_in_the_log(start_shell):
    logs = []
    for state in ["on", "off"]:
        shell = start_shell(APPEND=f"fastpath={state}")
        for line in IN_ORDER:
            shell.run(line, deadline=60)
        logs.append(dump(shell))
    assert logs[0] == logs[1]
