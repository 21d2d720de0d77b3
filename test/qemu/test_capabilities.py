"""Capabilities as programs have them. Each test is a line of what they promise: see docs/capabilities.md."""

import re

import pytest
from machine import ROOT

BOTH = pytest.mark.parametrize("cpus", [1, 4])
HANDLE, RIGHTS = r"\d+:\d+", r"[r-][w-][x-][m-][g-][c-][t-]"


def holds(shell, case, deadline=60):
    """That `test-capabilities CASE` passes, and leaves nothing behind; what it printed."""
    before = shell.balance()
    printed = shell.run(f"test-capabilities {case}", deadline)
    assert "FAIL" not in printed and re.search(rf"^ok {case}\r?$", printed, re.MULTILINE), printed
    shell.check_balance(before)
    return printed


@BOTH
def test_copy_is_the_same_under_another_handle(shell):
    holds(shell, "copy")


@BOTH
def test_delete_ends_one_handle_and_no_other(shell):
    holds(shell, "delete")


@BOTH
def test_mint_only_takes_rights_away(shell):
    holds(shell, "mint")


@BOTH
def test_badge_is_set_once(shell):
    holds(shell, "badge")


@BOTH
def test_move_keeps_what_was_derived(shell):
    holds(shell, "move")


@BOTH
def test_occupied_slot_is_refused_and_nothing_changes(shell):
    holds(shell, "occupied")


@BOTH
def test_lookup_of_every_slot_and_of_nonsense(shell):
    holds(shell, "lookup")


@BOTH
def test_revoke_without_descendants_or_of_an_empty_slot_is_harmless(shell):
    holds(shell, "harmless")


@BOTH
def test_original_revokes_its_copies_not_its_siblings(shell):
    holds(shell, "siblings")


@BOTH
def test_children_of_a_deleted_one_go_to_its_parent(shell):
    holds(shell, "middle")


@BOTH
def test_memory_is_used_again_without_its_past(shell):
    holds(shell, "reuse")


@BOTH
def test_revoke_takes_from_all_processes_and_keeps_the_root(shell):
    holds(shell, "revoke")


@BOTH
def test_long_revoke_completes(shell):
    holds(shell, "preempt", deadline=90)


def test_long_revoke_is_preempted(start_shell):
    """Where an instruction takes a nanosecond, so that timers ring when they should."""
    printed = holds(start_shell(SMP=1, QEMU_EXTRA="-icount shift=0,align=off"), "preempt", deadline=90)
    derived, woken = map(int, re.search(r"(\d+) derived, woken (\d+) times", printed).groups())
    assert derived > 2000 and woken >= 20


@BOTH
def test_stale_handle_of_a_process_started_again_is_an_error(shell):
    holds(shell, "stale")


@BOTH
def test_quota_reached_is_an_error_and_the_table_unchanged(shell):
    holds(shell, "quota")


def test_unknown_case_is_refused(shell):
    assert "wants one of" in shell.command("test-capabilities nonsense")
    assert shell.exit_code() == 2


# ---- caps and captree ----------------------------------------------------------------------------------------------------


def table(shell, process):
    """A process's capabilities: (handle, type, object, rights, badge, name)."""
    printed = shell.run(f"caps {process}")
    return re.findall(rf"^ *({HANDLE}) (\w+) +(\d+) ({RIGHTS}) +(0x[0-9a-f]+|-) ?(\w*)\r?$", printed, re.MULTILINE)


def test_caps_lists_what_a_process_holds(shell):
    job = shell.start("spin 60")
    rows = {handle: row for handle, *row in table(shell, job[1])}
    shell.kill(job)
    assert rows["0:1"][0] == "process" and rows["0:1"][2] == "rwxm-ct"
    assert [rows[f"{slot}:1"][0] for slot in (1, 2, 3)] == ["null", "endpoint", "endpoint"]  # A job has no input.
    assert len(rows) == 5, "and what its manifest names: nothing"
    assert "thread" in [row[0] for row in rows.values()]


def test_caps_of_what_is_no_process(shell):
    for wrong, code in [("caps", 2), ("caps x", 2), ("caps 999999", 1)]:
        assert shell.command(wrong).strip()
        assert shell.exit_code() == code


def test_captree_draws_what_init_handed_on(shell):
    """The terminal goes from init to the shell and from there to a job: three in a line, each with its branch."""
    job = shell.start("spin 60")
    output = next(row for row in table(shell, job[1]) if row[1] == "endpoint")
    printed = shell.run(f"captree {output[2]}")
    shell.kill(job)
    lines = printed.replace("\r", "").split("\n")
    assert lines[0] == f"endpoint {output[2]}"
    depth = {(int(found[2]), found[3]): len(found[1]) for line in lines
             if (found := re.match(rf"^  ([ |`-]*)process (\d+), handle ({HANDLE}): {RIGHTS}", line))}
    mine = depth[job[1], output[0]]
    assert mine >= 8 and mine % 4 == 0
    assert min(depth.values()) == 0
    assert {1, job[1]} <= {process for process, _handle in depth}


def test_captree_of_all_and_of_what_there_is_not(shell):
    printed = shell.run("captree")
    assert re.search(r"^process \d+\r?$", printed, re.MULTILINE) and "console" in printed
    for wrong, code in [("captree x", 2), ("captree 1 2", 2), ("captree 99999999", 1)]:
        assert shell.command(wrong).strip()
        assert shell.exit_code() == code


@BOTH
def test_each_call_demands_what_the_table_says(shell):
    """There is no authority but capabilities: all calls are listed, each with what it demands or why it need not."""
    printed = shell.run("test-authority")
    table = re.findall(r"^\| (\d+) \| `(\w+)`", (ROOT / "docs" / "syscalls.md").read_text(), re.MULTILINE)
    shown = set(re.findall(r"^PASS test-authority: (\d+) (\w+): \S", printed, re.MULTILINE))
    assert shown == set(table) and len(table) > 40
