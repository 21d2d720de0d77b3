"""Processes: how they end, who ends with them, and that nothing of them is left."""

import re
import subprocess

import pytest
from machine import ROOT, make_environment

BOTH = pytest.mark.parametrize("cpus", [1, 4])

# What `crash KIND` does, and what the line about it must say on each architecture.
READ, WRITE, EXECUTE = "read|load|page|data", "write|store|page|data", "exec|fetch|instruction|page"
CRASHES = {"null": READ, "kernel": READ, "exec-data": EXECUTE, "write-text": WRITE, "stack": WRITE,
           "opcode": "instruction|opcode|undefined|illegal", "privileged": "instruction|system register|protection|illegal"}
TESTS = ["test-memory", "test-threads", "test-rights", "test-races", "threads"]


@BOTH
@pytest.mark.parametrize("kind", CRASHES)
def test_crash_is_ended_with_a_line(shell, kind):
    before = shell.balance()
    printed = shell.command(f"crash {kind}")
    line = re.search(r"process \d+ \(crash\), thread 0: (.*), pc 0x[0-9a-f]+.*: ended", printed)
    assert line, printed
    assert re.search(CRASHES[kind], line[1], re.IGNORECASE), line[0]
    assert "crash: faulted" in printed
    assert shell.exit_code() == 131  # 128 and what `faulted` is as a number
    shell.check_balance(before)


def test_crash_names_address_and_function(shell):
    assert re.search(r" at 0x0\b", shell.command("crash null"))
    printed = shell.command("crash kernel")
    assert " at 0xffffffff80000000" in printed
    assert "read_kernel" in printed, "the function that faulted is not named"


@BOTH
@pytest.mark.parametrize("program", TESTS)
def test_program_passes(shell, program):
    before = shell.balance()
    printed = shell.run(program, deadline=60)
    assert "FAIL" not in printed
    shell.check_balance(before)


@BOTH
def test_ten_thousand_programs_leave_nothing_behind(shell):
    before = shell.balance()
    assert "FAIL" not in shell.run("test-spawn 10000", deadline=120)
    shell.check_balance(before)


def test_cost_does_not_grow_with_the_number_of_processes(start_shell):
    """In instructions: starting and ending a program, and switching, with none and with fifteen others that wait."""
    shell = start_shell(SMP=1, QEMU_EXTRA="-icount shift=0,align=off")
    rows = ["spawn_exit_wait", "yield"]
    alone = [instructions(shell, row) for row in rows]
    for _ in range(15):
        shell.start("stress wait")
    in_company = [instructions(shell, row) for row in rows]
    assert all(later <= 1.02 * before for before, later in zip(alone, in_company)), (alone, in_company)


def instructions(shell, row):
    return int(re.search(rf"bench {row} (\d+)", shell.run(f"bench {row}", deadline=60))[1])


@BOTH
def test_spawner_hits_its_limit_and_the_shell_lives(shell):
    before = shell.balance()
    assert re.search(r"spawner: \d+ copies, then: .*limit", shell.run("spawner", deadline=60))
    shell.run("true")
    shell.check_balance(before)


@BOTH
def test_end_of_a_parent_ends_its_children(shell):
    before = shell.balance()
    job = shell.start("stress 600 1")
    for _look in range(100):
        if any(int(each["PARENT"]) == job[1] for each in shell.threads()):
            break
    else:
        pytest.fail(f"stress has no children\n{shell.describe()}")
    shell.kill(job)
    assert not [each for each in shell.threads() if int(each["PARENT"]) == job[1]]
    shell.check_balance(before)


@BOTH
def test_hundreds_of_processes_leave_nothing(shell):
    shell.run("true")  # What the shell itself keeps from its first program on.
    before = shell.balance()
    for _round in range(100):
        shell.type("true\rtrue argument\r")
        shell.wait_for_prompt()
        shell.wait_for_prompt()
    shell.check_balance(before)


@BOTH
def test_killed_while_it_does_something(shell):
    """Ctrl-C at whatever moment of a program that maps, spawns and starts threads."""
    before = shell.balance()
    for seed in range(10):
        shell.type(f"stress 600 {seed}\r")
        shell.expect_text("\n")
        shell.type("\x03")
        assert "killed, code 130" in shell.wait_for_prompt()
    shell.check_balance(before)


# ---- init --------------------------------------------------------------------------------------------------------------


def initrd_with_init(architecture, folder, program, damage=None):
    """The programs, with another one in the place of init."""
    programs = ROOT / "build" / architecture / "user" / "initrd"
    init = folder / "init"
    init.write_bytes((programs / program).read_bytes())
    if damage:
        init.write_bytes(damage(bytearray(init.read_bytes())))
    image = folder / "initrd.cpio"
    others = [path for path in programs.iterdir() if path.name != "init"]
    subprocess.run(["/usr/bin/python3", "tools/initrd.py", "--output", image, "--programs", init, *others], cwd=ROOT, check=True,
                   env=make_environment())
    return image


def without_code(image):
    """Its entry point is all zeros."""
    entry = int.from_bytes(image[24:32], "little")
    headers, count = int.from_bytes(image[32:40], "little"), int.from_bytes(image[56:58], "little")
    for index in range(count):
        header = image[headers + 56 * index:][:56]
        offset, address, size = (int.from_bytes(header[at:at + 8], "little") for at in (8, 16, 32))
        if address <= entry < address + size:
            start = offset + entry - address
            image[start:start + 16] = bytes(16)
    return bytes(image)


ENDS = {"exited": ("hello-a", None, r"init has exited with code 0"),
        "faulted": ("hello-a", without_code, r"init has faulted with code \d+"),
        "its-children-with-it": ("spawner", None, r"init has exited with code 0")}


@BOTH
@pytest.mark.parametrize("end", ENDS)
def test_init_that_ends_is_started_again(start, architecture, tmp_path, cpus, end):
    program, damage, line = ENDS[end]
    machine = start(SMP=cpus, DISK="none", NET="none", INITRD=initrd_with_init(architecture, tmp_path, program, damage))
    free = []
    for _round in range(4):
        machine.expect(line, deadline=30)
        machine.expect_text("started again")
    machine.type("\x1d")
    machine.expect_text("trivium> ")
    for _round in range(3):
        free.append(re.search(r"(\d+) processes, (\d+) objects, (\d+) capabilities", machine.command("commits"))[0])
    assert free[0] == free[-1]
    assert "up " in machine.command("uptime")


def test_no_init_in_the_initrd_leads_to_the_monitor(boot, architecture, tmp_path):
    empty = tmp_path / "empty.cpio"
    subprocess.run(["/usr/bin/python3", "tools/initrd.py", "--output", empty], cwd=ROOT, check=True, env=make_environment())
    assert "up " in boot(INITRD=empty).command("uptime")


def test_initrd_that_is_none_leads_to_the_monitor(boot, architecture, tmp_path):
    garbage = tmp_path / "garbage.cpio"
    garbage.write_bytes(b"no archive" * 1000)
    assert "up " in boot(INITRD=garbage).command("uptime")
