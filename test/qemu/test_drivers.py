"""Drivers that are programs: random bytes come from the device through the rng service, which may die and be replaced."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from machine import ROOT

PREFIX = {"arm64": "device", "rv64": "device", "x64": "pci"}
FORMS = {name: [{"SMP": "1"}, {"SMP": "4"}, {"TRANSPORT": "pci", "SMP": "4"}] for name in ("arm64", "rv64")}
FORMS["x64"] = [{"SMP": "1"}, {"SMP": "4"}]
FORMS["arm64"] += [{"GIC": "2", "SMP": "4"}, {"GIC": "2", "TRANSPORT": "pci", "SMP": "4"}]
FIRST, MORE = 32, 4096  # Bytes that the device has at first, and later.


def place(machine):
    """Where the device for programs is, as `devices` and `interrupts` name it."""
    with machine.monitor() as ask:
        return re.search(r"^  (\S+(?: \S+)?) +virtio-rng over \w+ +for programs", ask("devices"), re.MULTILINE)[1]


def interrupt_count(machine, device):
    """How often the device's lines fired; a pin that others may share is nobody's by name."""
    with machine.monitor() as ask:
        listed = ask("interrupts")
    counts = re.findall(rf"(\d+)  (?:{re.escape(device)}.*|pci pins)$", listed, re.MULTILINE)
    assert "spurious: 0, without a handler: 0" in listed
    return sum(map(int, counts))


@pytest.mark.variants(FORMS)
def test_random_bytes_through_the_service(start_shell, knobs):
    machine = start_shell(**knobs)
    device = place(machine)
    before = interrupt_count(machine, device)
    answers = [bytes.fromhex("".join(machine.run(f"random {count}").split())) for count in (1, 32, 32, 100, 1000)]
    assert [len(answer) for answer in answers] == [1, 32, 32, 100, 1000]
    assert answers[1] != answers[2]
    assert len(set(answers[4])) > 200, "a thousand bytes that do not look random"
    assert interrupt_count(machine, device) >= before + 1 + 1 + 1 + 4 + 32


def test_without_a_device_there_is_no_service(start_shell, architecture):
    machine = start_shell(RNG="1")
    assert "there is no rng service here" in machine.command("random 8")
    assert machine.exit_code() == 1


class Feed:
    """A pipe that QEMU's entropy device reads from."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path = path
        self._end = os.open(path, os.O_RDWR)  # Both ends: so it is never at its end.

    def give(self, data):
        os.write(self._end, data)

    def close(self):
        os.close(self._end)


@pytest.fixture
def feeds(tmp_path):
    """One for each of two devices: which of them is for programs is the kernel's business."""
    both = [Feed(tmp_path / "feed-0"), Feed(tmp_path / "feed-1")]
    yield both
    for feed in both:
        feed.close()


def make_initrd(architecture, folder):
    """The test program as init, and what it starts."""
    built = ROOT / "build" / architecture / "user" / "initrd"
    init = folder / "init"
    shutil.copy(built / "test-drivers", init)
    initrd = folder / "drivers.cpio"
    subprocess.run([sys.executable, ROOT / "tools" / "initrd.py", "--output", initrd, "--programs",
                    init, built / "rng", built / "random"], check=True)
    return initrd


@pytest.mark.variants(FORMS)
def test_bytes_are_the_devices_and_a_driver_that_dies_is_replaced(start, architecture, tmp_path, feeds, knobs):
    suffix = "pci" if knobs.get("TRANSPORT") == "pci" else PREFIX[architecture]
    options = " ".join(f"-object rng-random,id=feed{i},filename={feed.path} -device virtio-rng-{suffix},rng=feed{i}"
                       for i, feed in enumerate(feeds))
    given = os.urandom(FIRST + MORE)
    for feed in feeds:
        feed.give(given[:FIRST])
    machine = start(INITRD=make_initrd(architecture, tmp_path), DISK="none", NET="none", RNG="none", QEMU_EXTRA=options, **knobs)
    machine.expect_text("more bytes, please", 30)
    printed = machine.before
    for feed in feeds:
        feed.give(given[FIRST:])
    machine.expect(r"test-drivers: (\d+) passed, (\d+) failed", 30)
    printed += machine.before
    assert "FAIL" not in printed, printed
    answers = [bytes.fromhex(digits) for digits in re.findall(r"^bytes ([0-9a-f]+)$", printed, re.MULTILINE)]
    assert [len(answer) for answer in answers] == [32, 1, 256, 100]
    assert answers[0] == given[:FIRST]
    assert all(answer in given[FIRST:] for answer in answers[1:]), "bytes that the device was not given"
