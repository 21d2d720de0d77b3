"""The board: a service like one that people write themselves. Its notes, whose they are, and who waits for them."""

import pytest

BOTH = pytest.mark.parametrize("cpus", [1, 4])
LONGEST_NAME, LONGEST_TEXT, MOST_OF_ONE = 31, 200, 8


@BOTH
def test_what_is_pinned_is_read_by_everybody(shell):
    assert "a1: one two" in shell.run("note pin a1 'one two' read a1")
    assert "a1: one two" in shell.run("note read a1")
    assert "not found" in shell.command("note read nothing")
    assert shell.exit_code() == 1


def test_a_note_belongs_to_who_pinned_it(shell):
    """Each `note` is a client of its own, whatever process or program it is: its capability has another badge."""
    shell.run("note pin b1 mine")
    assert "occupied" in shell.command("note pin b1 yours")
    assert "not permitted" in shell.command("note remove b1")
    assert "b1: mine" in shell.run("note read b1")
    printed = shell.command("note pin b2 old pin b2 new read b2 remove b2 read b2")
    assert "b2: new" in printed and "note: read b2: not found" in printed


@BOTH
def test_who_waits_gets_the_note_when_it_is_pinned(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    jobs = [shell.start("note wait c1"), shell.start("note wait c1"), shell.start("note wait c2")]
    shell.look_until(lambda: sum(each["NAME"] == "note" and each["STATE"] == "waiting" for each in shell.threads()) == 3,
                     "they do not wait")
    shell.type("note pin c1 here\r")
    for _ in range(2):
        shell.expect_text("c1: here")
    shell.type("\r")
    shell.look_until(lambda: f"[{jobs[2][0]}] process" in (listed := shell.command("jobs")) and len(listed.splitlines()) == 1,
                     "not just those who waited for it go on")
    shell.kill(jobs[2])
    assert "c1: here" in shell.run("note wait c1")


def test_limits(start_shell):
    shell = start_shell()
    pins = " ".join(f"pin d{number} x" for number in range(MOST_OF_ONE + 1))
    assert shell.command(f"note {pins}").count("limit reached") == 1
    name = "n" * LONGEST_NAME
    assert f"{name}: x" in shell.run(f"note pin {name} x read {name}")
    assert "invalid argument" in shell.command(f"note pin {name}n x")
    assert "invalid argument" in shell.command("note pin '' x")


def test_a_board_that_is_started_again_is_empty(start_shell):
    shell = start_shell()
    shell.run("note pin e1 x")
    shell.start("note wait e2")
    shell.look_until(lambda: any(each["NAME"] == "note" and each["STATE"] == "waiting" for each in shell.threads()), "nobody waits")
    shell.type("service restart board\r")
    shell.expect_text("note: wait e2: unanswered")
    shell.type("\r")
    shell.wait_for_jobs()
    assert "not found" in shell.command("note read e1")
