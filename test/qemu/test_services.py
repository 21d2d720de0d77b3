"""Services: found by name, kept running by init, and none of them can be hurt by what clients say."""

import os
import re
import subprocess
import sys

import pytest
from machine import ROOT
from shell import CONTROL_C
from test_drivers import FIRST, MORE, PREFIX, Feed

BOTH = pytest.mark.parametrize("cpus", [1, 4])


def services(shell):
    """{name: (state, process, starts)}."""
    rows = re.findall(r"^(\S+) +(\w+) +(\d+) +(\d+)", shell.run("service"), re.MULTILINE)
    return {name: (state, int(process), int(starts)) for name, state, process, starts in rows}


def capabilities(shell, process):
    """The names of what a process holds, and its standard handles as numbers."""
    rows = re.findall(r"^ +(\d+):\d+ (\w+) +\d+ [rwxmgct-]{7} +\S+ ?(\S*)", shell.run(f"caps {process}"), re.MULTILINE)
    return {name or f"{kind} {slot}" for slot, kind, name in rows}


# ---- Finding services --------------------------------------------------------------------------------------------------


def test_what_there_is_is_listed(shell):
    listed = services(shell)
    assert {"names", "terminal", "shell", "echo", "rng"} <= set(listed)
    assert listed["terminal"][0] == listed["shell"][0] == "running"


@BOTH
def test_a_service_starts_when_it_is_asked_for(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    assert services(shell)["echo"] == ("idle", 0, 0)
    assert " 0 wrong" in shell.run("echo-client", deadline=60)
    state, process, starts = services(shell)["echo"]
    assert (state, starts) == ("running", 1) and process > 0


def test_a_service_that_is_not_there_is_not_found(shell):
    assert "not found" in shell.command("echo-client nobody")
    assert shell.exit_code() == 1


@BOTH
def test_a_process_offers_a_service_that_ends_with_it(shell):
    job = shell.start("echo-server mine")
    shell.look_until(lambda: services(shell).get("mine") == ("offered", 0, 0), "it is not offered")
    assert " 0 wrong" in shell.run("echo-client mine", deadline=60)
    assert "occupied" in shell.command("echo-server mine")
    shell.kill(job)
    assert "not found" in shell.command("echo-client mine")
    assert "mine" not in services(shell)


# ---- Manifests ---------------------------------------------------------------------------------------------------------


def test_a_program_gets_what_its_manifest_names_and_no_more(shell):
    job = shell.start("spin")
    assert {each for each in capabilities(shell, job[1]) if each[-1] not in "0123456789"} == set()
    shell.kill(job)
    job = shell.start("echo-server mine")
    shell.look_until(lambda: "mine" in services(shell), "it is not offered")
    assert {each for each in capabilities(shell, job[1]) if each[-1] not in "0123456789"} == {"names"}
    assert re.search(r"^  names +-w---ct  held", shell.run(f"caps {job[1]}"), re.MULTILINE)
    shell.kill(job)


def test_a_service_that_lacks_something_is_not_found(start_shell):
    """A machine without the device that rng drives."""
    shell = start_shell(RNG="1")
    assert "not found" in shell.command("random 8")
    assert "not found" in shell.command("random 8"), "asked twice, it says the same"


def initrd_with(architecture, folder, manifests):
    """The usual programs, and those manifests {program: text}."""
    built = ROOT / "build" / architecture / "user" / "initrd"
    paths = [path for path in (ROOT / "user").glob("*/manifest") if path.parent.name not in manifests]
    for program, text in manifests.items():
        path = folder / program / "manifest"
        path.parent.mkdir()
        path.write_text(text)
        paths.append(path)
    image = folder / "initrd.cpio"
    subprocess.run([sys.executable, ROOT / "tools" / "initrd.py", "--output", image, "--programs", *built.iterdir(),
                    "--manifests", *paths], check=True)
    return image


def test_a_manifest_that_is_wrong_is_told_of_and_left_out(architecture, start_shell, tmp_path):
    wrong = {"spin": "# fine\nneeds null\n", "hello-a": "service twice\n", "hello-b": "service twice\n", "crash": "x" * 5000}
    shell = start_shell(INITRD=initrd_with(architecture, tmp_path, wrong))
    printed = shell.command("spin")
    assert "spin.manifest: line 2: needed, but with which rights?" in printed
    assert "corrupt" in printed and shell.exit_code() == 1
    assert list(services(shell)).count("twice") == 1


def test_a_service_that_ends_at_once_is_given_up(architecture, start_shell, tmp_path):
    dud = {"uptime": "service dud\n"}
    shell = start_shell(INITRD=initrd_with(architecture, tmp_path, dud))
    shell.type("service start dud\r")
    shell.expect(r"init: dud ended: exited, code 1; given up", 60)
    shell.type("\r")
    shell.wait_for_prompt()
    assert services(shell)["dud"] == ("stopped", 0, 5)
    assert "gone" in shell.command("echo-client dud")


def test_services_that_need_each_other_start(architecture, start_shell, tmp_path):
    """A circle in the manifests is no circle without end."""
    circle = {"uptime": "service left\nneeds right write call\n", "memory": "service right\nneeds left write call\n"}
    shell = start_shell(INITRD=initrd_with(architecture, tmp_path, circle))
    shell.type("service start left\r")
    for name in ["right", "left"]:  # Each started the other; neither lasts.
        shell.expect(rf"init: {name} ended: exited, code 1", 60)
    shell.type("\r")
    shell.look_until(lambda: shell.command("echo here").strip().endswith("here"), "the shell does not answer")
    assert all(services(shell)[name][2] >= 1 for name in ["left", "right"])


# ---- Ends and new beginnings -------------------------------------------------------------------------------------------


def restart(shell, name):
    """Restarts a service and waits until it runs again."""
    starts = services(shell)[name][2]
    shell.type(f"service restart {name}\r")
    shell.expect_text(f"init: {name} ended: killed, code 143; starting it again")
    shell.type("\r")
    shell.look_until(lambda: services(shell)[name][::2] == ("running", starts + 1), "it does not run again")


@BOTH
def test_a_service_that_is_started_again_goes_on_with_its_clients(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    shell.run("echo-client", deadline=60)
    for _round in range(3):
        restart(shell, "echo")
        assert " 0 wrong" in shell.run("echo-client", deadline=60)


@BOTH
def test_clients_of_a_service_that_ends_get_an_error(architecture, start_shell, tmp_path, cpus):
    """The driver is ended while a client waits for bytes that the device does not have yet."""
    feeds = [Feed(tmp_path / f"feed-{number}") for number in range(2)]
    for feed in feeds:
        feed.give(os.urandom(FIRST))
    options = " ".join(f"-object rng-random,id=feed{i},filename={feed.path} -device virtio-rng-{PREFIX[architecture]},rng=feed{i}"
                       for i, feed in enumerate(feeds))
    shell = start_shell(SMP=cpus, RNG="none", QEMU_EXTRA=options)
    shell.run(f"random {FIRST}")
    client = shell.start("random 16")
    driver = services(shell)["rng"][1]
    shell.look_until(lambda: all(each["STATE"] == "waiting" for each in shell.threads() if int(each["PROCESS"]) in {client[1], driver}),
                     "client and driver do not wait")
    shell.type("service restart rng\r")
    shell.expect_text("random: unanswered")
    shell.type("\r")
    shell.wait_for_jobs()
    for feed in feeds:
        feed.give(os.urandom(MORE))
    assert re.fullmatch(r"[0-9a-f]{32}", shell.run("random 16").strip())
    assert services(shell)["rng"][2] == 2
    for feed in feeds:
        feed.close()


def test_stopped_and_started(start_shell):
    shell = start_shell()
    shell.run("echo-client", deadline=60)
    shell.command("service stop echo")
    shell.look_until(lambda: services(shell)["echo"][0] == "stopped", "it does not stop")
    assert "gone" in shell.command("echo-client")
    shell.run("service start echo")
    assert " 0 wrong" in shell.run("echo-client", deadline=60)


def test_what_is_essential_is_not_stopped(shell):
    for name in ["terminal", "shell"]:
        assert "essential" in shell.command(f"service stop {name}")
        assert shell.exit_code() == 1
    assert "not found" in shell.command("service stop nobody")


@BOTH
def test_the_terminal_is_started_again(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    for _round in range(3):
        shell.type("service restart terminal\r")
        shell.expect_text("init: terminal ended: killed, code 143; starting it again")
        shell.type("\r")
        shell.look_until(lambda: shell.command("echo here").strip().endswith("here"), "it does not answer")
    shell.run("true")


@BOTH
def test_control_c_works_after_the_terminal_was_started_again(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    shell.type("service restart terminal & spin\r")
    shell.expect_text("init: terminal ended: killed, code 143; starting it again")
    shell.type(CONTROL_C)
    assert "killed, code 130" in shell.wait_for_prompt(30)
    shell.run("true")


@BOTH
def test_the_shell_is_started_again(start_shell, cpus):
    shell = start_shell(SMP=cpus)
    shell.type("service restart shell\r")
    shell.expect_text("init: shell ended: killed, code 143; starting it again")
    shell.wait_for_prompt()
    shell.run("true")


# ---- Nonsense ----------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("seed", [1, 2])
def test_services_survive_nonsense(start_shell, cpus, seed):
    shell = start_shell(SMP=cpus)
    before = services(shell)
    printed = shell.command(f"test-services {seed}", deadline=120)
    assert shell.exit_code() == 0, printed
    assert printed.count("PASS") == 5
    after = services(shell)
    for name in ["terminal", "shell"]:
        assert after[name] == before[name]
    assert after["echo"][2] == 1
    assert " 0 wrong" in shell.run("echo-client", deadline=60)
