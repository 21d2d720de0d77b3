"""The CommitLog of a running machine, replayed on the host: the same State comes out, to the last bit."""

import re
import subprocess

import pytest
from machine import ROOT, make_environment

REPLAY = ROOT / "build" / "host" / "replay-log"


@pytest.fixture(scope="module")
def replay_log():
    """Replays a dump; returns commits and digest as the host comes to them."""
    made = subprocess.run(["make", "-s", "--no-print-directory", "replay-log"], cwd=ROOT, env=make_environment(), capture_output=True,
                          text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr

    def replay(path):
        done = subprocess.run([REPLAY, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        return int(re.search(r"commits (\d+)", done.stdout)[1]), re.search(r"digest (0x[0-9a-f]+)", done.stdout)[1]

    return replay


def dump(shell):
    """(commits, digest, hexadecimal lines) of the log as it is now."""
    with shell.monitor() as ask:
        printed = ask("commits dump", deadline=120, window=1000)  # Megabytes: only the newest are looked at for the prompt.
    summary = re.search(r"(\d+) commits, digest (0x[0-9a-f]+)", printed)
    lines = [line for line in printed.splitlines() if re.fullmatch(r"[0-9a-f]+", line)]
    return int(summary[1]), summary[2], "\n".join(lines) + "\n"


def check_replay(shell, replay_log, folder):
    commits, digest, lines = dump(shell)
    path = folder / "log.hex"
    path.write_text(lines)
    assert replay_log(path) == (commits, digest)


@pytest.mark.parametrize("cpus, workload", [(1, "test-fuzz 1 3000"), (2, "stress 1 2"), (4, "stress 1 4"),
                                            (4, "test-ipc race-with-revoke")])
def test_replay_comes_to_the_same_state(start_shell, replay_log, tmp_path, cpus, workload):
    """A log of much at once, with processes alive at its end. (What one CPU commits in a second takes long to be printed.)"""
    shell = start_shell(SMP=cpus)
    shell.run(workload, deadline=60)
    shell.start("spin")
    shell.start("stress 600 9")
    check_replay(shell, replay_log, tmp_path)


def test_damaged_dump_is_refused(start_shell, replay_log, tmp_path):
    _commits, _digest, lines = dump(start_shell())
    place = lines.rindex("\n", 0, -200) + 1
    damaged = tmp_path / "damaged.hex"
    damaged.write_text(lines[:place] + ("1" if lines[place] == "0" else "0") + lines[place + 1:])
    assert subprocess.run([REPLAY, damaged], capture_output=True, check=False).returncode != 0


def test_commits_are_counted_and_programs_see_the_same(shell):
    with shell.monitor() as ask:
        shown = ask("commits")
    counted = re.search(r"(\d+) commits, digest (0x[0-9a-f]+)", shown)
    told = re.search(r"after (\d+) commits, digest (0x[0-9a-f]+)", shell.run("memory"))
    assert counted and told and int(told[1]) > int(counted[1])


# Each waits for the one before it, so that time decides nothing.
IN_ORDER = ["true", "echo", "hello-a", "test-calls", "crash null", "threads", "spawner", "true 1 2 3"]


def test_slices_are_not_in_the_log(start_shell):
    """A workload whose order is fixed by its own waiting gives equal logs, however long time slices are."""
    logs = []
    for slice_length in [2, 20]:
        shell = start_shell(APPEND=f"slice={slice_length}")
        for line in IN_ORDER:
            shell.command(line, deadline=60)
        logs.append(dump(shell))
    assert logs[0] == logs[1]
