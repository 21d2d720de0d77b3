"""The shell as a person uses it: programs, jobs, Ctrl-C, exit codes, history, and the way to the monitor and back."""

import re
import secrets

import pytest
from shell import CONTROL_BRACKET, CONTROL_C

UP = "\x1b[A"
BOTH = pytest.mark.parametrize("cpus", [1, 4])
OWN_COMMANDS = ["echo", "exit", "help", "jobs", "kill", "nice"]
PROGRAMS = ["hello-a", "hello-b", "spin", "spawner", "crash", "threads", "stress", "bench", "ps", "top", "uptime", "memory",
            "devices", "log", "ls", "cat", "caps", "captree"]


@BOTH
def test_boot_to_the_prompt(start_shell, cpus):
    assert "KERNEL PANIC" not in start_shell(SMP=cpus).before


def test_help_lists_commands_and_programs(shell):
    words = shell.command("help").split()
    assert set(OWN_COMMANDS + PROGRAMS) <= set(words)


def test_unknown_program_is_named(shell):
    word = "x" + secrets.token_hex(6)
    assert word in shell.command(f"{word} 1 2")
    assert shell.exit_code() == 127


def test_a_file_that_is_no_program_is_refused(shell):
    assert "motd" in shell.command("motd")
    assert shell.exit_code() == 126


def test_exit_code_of_the_last_program(shell):
    shell.command("true")
    assert shell.exit_code() == 0
    shell.command("crash")
    assert shell.exit_code() == 2
    shell.command("echo")
    assert shell.exit_code() == 0


def test_echo_and_quoting(shell):
    assert shell.command("echo one  'two  three' \"$?\" '$?'").split("\n")[0] == "one two  three 0 $?"


def test_several_commands_on_one_line(shell):
    assert shell.command("echo a; echo b ;echo $?; nothing").split("\n")[0].strip() == "a"
    assert shell.exit_code() == 127
    assert "second" in [line.strip() for line in shell.command("true & echo second").splitlines()]
    shell.wait_for_jobs()


def test_words_that_are_wrong_get_an_answer(shell):
    for line in ["kill", "kill 999999", "kill %99", "nice", "nice 99 true", "nice x true", "& true", "; true", "echo '", "cat nothing",
                 "spin x", "exit x"]:
        assert shell.command(line).strip(), f"no answer to {line!r}"
        assert shell.exit_code() != 0, line


def test_ls_and_cat(shell):
    listed = shell.run("ls")
    assert "motd" in listed and "shell" in listed
    assert shell.run("cat motd").strip()


def test_uptime_devices_and_log(shell):
    assert re.search(r"\d", shell.run("uptime"))
    assert shell.run("devices").strip()
    assert shell.nonce in shell.run("log")


def test_history(shell):
    word = "w" + secrets.token_hex(4)
    shell.command(f"echo {word}")
    shell.type(UP + "\r")
    assert shell.wait_for_prompt().count(word) == 2


@BOTH
def test_control_c_ends_the_foreground_program(shell):
    for _round in range(3):
        shell.type("spin\r")
        shell.expect_text("spin\r\n")
        shell.type(CONTROL_C)
        assert "killed, code 130" in shell.wait_for_prompt()
        assert shell.exit_code() == 130


def test_control_c_spares_jobs(shell):
    job = shell.start("spin")
    shell.type("spin\r")
    shell.expect_text("spin\r\n")
    shell.type(CONTROL_C)
    assert "killed, code 130" in shell.wait_for_prompt()
    assert f"[{job[0]}] process {job[1]}: spin" in shell.command("jobs")
    shell.kill(job)


def test_control_c_drops_the_line(shell):
    shell.type("nonsense" + CONTROL_C)
    shell.wait_for_prompt()
    assert shell.command("echo alive").strip() == "alive"


@BOTH
def test_what_follows_control_c_is_the_next_line(shell):
    """However fast it comes, and whatever the shell was about."""
    for number in range(20):
        shell.type('"' * number + CONTROL_C + f"echo {number}\r")
        shell.wait_for_prompt()
        assert shell.wait_for_prompt().splitlines()[-1] == f"{number}"
        shell.type("spin\r")
        shell.expect_text("spin\r\n")
        shell.type(CONTROL_C + f"echo {number}\r")
        assert "killed, code 130" in shell.wait_for_prompt()
        assert shell.wait_for_prompt().splitlines()[-1] == f"{number}"


@BOTH
def test_control_c_ends_no_program_that_was_started_after_it(shell):
    """Who watches for it may come late: by then another line is executed."""
    for _round in range(60):
        shell.type("nonsense" + CONTROL_C + "hello-a\r")
        shell.wait_for_prompt()
        assert shell.wait_for_prompt().count("A") == 100


def test_control_c_drops_what_was_typed_ahead(shell):
    """More than the kernel keeps, while a program runs that reads nothing of it."""
    word = secrets.token_hex(6)
    shell.type("spin\r")
    shell.expect_text("spin\r\n")
    shell.type(f"echo {word}\r" * 500 + CONTROL_C)
    assert "killed, code 130" in shell.wait_for_prompt()
    assert word not in shell.command("echo here")


def test_typing_ahead_of_a_program(shell):
    shell.type("hello-a\recho first\recho second\r")
    for word in ["A", "first", "second"]:
        assert word in shell.wait_for_prompt()


def test_job_that_ends_is_reported(shell):
    job = shell.start("true")
    shell.look_until(lambda: f"[{job[0]}] true: exited, code 0" in shell.command("echo"), "the end was not reported")
    assert shell.command("jobs") == ""


def test_kill_by_process(shell):
    job = shell.start("spin")
    shell.command(f"kill {job[1]}")
    shell.kill(job)
    assert not any(int(each["PROCESS"]) == job[1] for each in shell.threads())


def test_nice_sets_the_priority(shell):
    job = shell.start("nice 9 spin")
    assert [each["PRIORITY"] for each in shell.threads() if int(each["PROCESS"]) == job[1]] == ["9"]
    shell.kill(job)


@BOTH
def test_shell_answers_while_programs_spin(shell, cpus):
    jobs = [shell.start("spin") for _ in range(cpus + 1)]
    for _round in range(5):
        assert shell.command("echo here").strip() == "here"
    shell.kill(*jobs)


def test_too_many_jobs(shell):
    """More jobs than the shell keeps: it says so, and nothing is lost."""
    jobs = []
    for _round in range(100):
        answer = shell.command("nice 1 spin &")
        if not (found := re.search(r"\[(\d+)\] process (\d+)", answer)):
            break
        jobs.append((int(found[1]), int(found[2])))
    assert "limit is reached" in answer
    shell.kill(*jobs)
    shell.run("true")


def test_shell_that_exits_is_started_again(start_shell):
    shell = start_shell()
    shell.type("exit 7\r")
    shell.expect(r"init: shell ended: exited, code 7")
    shell.wait_for_prompt()
    shell.run("true")


def test_typing_garbage(shell):
    """No key but a newline makes the shell do something."""
    shell.type("".join(chr(code) for code in range(256) if code not in {1, 3, 13, 10, 0x1d} and not chr(code).isalnum()) + CONTROL_C)
    shell.wait_for_prompt()
    assert shell.command("echo alive").strip().endswith("alive")


def test_long_line_is_refused(shell):
    shell.type("z" * 300 + "\r")
    assert "at most" in shell.wait_for_prompt()
    shell.run("true")


# ---- The monitor -------------------------------------------------------------------------------------------------------


@BOTH
def test_monitor_and_back(shell):
    for _round in range(5):
        with shell.monitor() as ask:
            assert "up " in ask("uptime")
        assert shell.command("echo back").strip() == "back"


def seconds_up(printed):
    return float(re.search(r"up (\d+\.\d+)", printed)[1])


@BOTH
def test_no_program_runs_while_the_monitor_is_there(shell, cpus):
    """Spinning programs get all the time that there is, but for that in the monitor."""
    jobs = [shell.start("spin") for _ in range(cpus)]
    started = seconds_up(shell.run("uptime"))
    before = sum(shell.run_times(jobs))
    with shell.monitor() as ask:
        entered = seconds_up(ask("uptime"))
        ask("ticks 3")
        left = seconds_up(ask("uptime"))
    after = sum(shell.run_times(jobs))
    ended = seconds_up(shell.run("uptime"))
    shell.kill(*jobs)
    assert after - before <= cpus * ((ended - started) - (left - entered))


@BOTH
def test_monitor_over_a_foreground_program(shell):
    shell.type("spin\r")
    shell.expect_text("spin\r\n")
    shell.type(CONTROL_BRACKET)
    shell.expect_text("trivium> ")
    shell.type("uptime\r")
    shell.expect(r"up \d+\.\d+ s")
    shell.expect_text("trivium> ")
    shell.type(CONTROL_BRACKET)
    shell.expect_text("\n")
    shell.type(CONTROL_C)
    assert "killed, code 130" in shell.wait_for_prompt()


def test_typing_ahead_of_the_way_back(shell):
    """What the monitor leaves unread, the shell reads."""
    shell.type(CONTROL_BRACKET)
    shell.expect_text("trivium> ")
    shell.type("uptime\r" + CONTROL_BRACKET + "echo back\r")
    shell.expect(r"uptime\r\nup \d+")
    shell.expect_text("back\r\n")
    shell.expect_text("back\r\n")
    shell.wait_for_prompt()


def test_control_c_in_the_monitor_is_not_for_programs(shell):
    job = shell.start("spin")
    with shell.monitor() as ask:
        shell.type(CONTROL_C)
        shell.expect_text("trivium> ")
        ask("uptime")
    assert f"process {job[1]}" in shell.command("jobs")
    shell.kill(job)


def test_monitor_powers_off(start_shell):
    shell = start_shell()
    shell.type(CONTROL_BRACKET)
    shell.expect_text("trivium> ")
    shell.type("poweroff\r")
    shell.wait_for_exit()
    assert shell.exit_status == 0
