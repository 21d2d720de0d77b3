"""Devices that break down while they work: QEMU is brought to set DEVICE_NEEDS_RESET (virtio 1.2, 2.1.2), and the kernel gives
them up, ends what was under way with an error, and goes on.

QEMU's devices break down when a driver shows them nonsense. Ours does not; so the machine is stopped where the driver is about
to ring, and the available ring, which holds the numbers of descriptors, is filled with numbers that no descriptor has.
"""

import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from block import device, make_image, raw_drive, with_devices
from debug_stub import DebugStub
from machine import ROOT, Qmp

# A queue is looked at while it is rung for, and not some time later, when the driver has gone on.
AT_ONCE = {"device": ("", "-global virtio-mmio.ioeventfd=off"), "pci": ("ioeventfd=off", "")}

# The interrupt that tells of it: that of a slot, a message of its own, the one message that there is, a shared pin.
WAYS = {
    "arm64": [{"bus": "device"}, {"bus": "pci"}, {"bus": "pci", "vectors": 0}],
    "rv64": [{"bus": "device"}, {"bus": "pci"}],
    "x64": [{"bus": "pci"}, {"bus": "pci", "vectors": 1}, {"bus": "pci", "vectors": 0}],
}


def address_of_notify(architecture, bus):
    """Where the kernel rings a device on that bus."""
    kernel = ROOT / "build" / architecture / f"kernel-{architecture}.elf"
    symbols = subprocess.run(["nm", kernel], capture_output=True, text=True, check=True).stdout
    transport = {"device": "Mmio", "pci": "Pci"}[bus]
    return int(re.search(rf"^([0-9a-f]+) \w \S*{transport}Transport6notify\S*$", symbols, re.MULTILINE)[1], 16)


class Saboteur:
    """Stops a machine whenever its driver rings, and can ruin the queue that it rings for."""

    def __init__(self, folder, architecture, bus):
        self._paths = {name: Path(folder) / name for name in ("gdb", "qmp")}
        self._notify = address_of_notify(architecture, bus)

    def qemu_options(self):
        return f"{DebugStub.qemu_options(self._paths['gdb'])} {Qmp.qemu_options(self._paths['qmp'])}"

    def connect(self):
        self._stub, self._qmp = DebugStub(self._paths["gdb"]), Qmp(self._paths["qmp"])
        self._stub.use_physical_addresses()

    def wait_for_ring(self):
        self._stub.run_to(self._notify)

    def ruin_queue(self, name):
        """Queue 0 of the first device of that name."""
        path = next(each["path"] for each in self._qmp.execute("x-query-virtio") if each["name"] == name)
        queue = self._qmp.execute("x-query-virtio-queue-status", path=path, queue=0)
        self._stub.write(queue["vring-avail"] + 4, b"\xff" * 2 * queue["vring-num"])

    def go_on(self):
        self._stub.go_on()

    def close(self):
        self._stub.close()


@pytest.fixture
def sabotage(start, architecture):
    """sabotage(bus, option, …) starts a machine with these devices only; it stands still before its first instruction."""
    saboteurs = []

    def start_machine(bus, *options):
        with tempfile.TemporaryDirectory() as folder:
            saboteurs.append(Saboteur(folder, architecture, bus))
            machine = start(**with_devices(*options, saboteurs[-1].qemu_options()))
            saboteurs[-1].connect()
        return machine, saboteurs[-1]

    yield start_machine
    for saboteur in saboteurs:
        saboteur.close()


def options_of(way):
    """For the device, and for QEMU."""
    of_device, of_machine = AT_ONCE[way["bus"]]
    vectors = f"vectors={way['vectors']}" if "vectors" in way else ""
    return ",".join(filter(None, (of_device, vectors))), of_machine


@pytest.mark.variants(WAYS)
def test_a_disk_with_requests_under_way(sabotage, architecture, tmp_path, knobs):
    options, more = options_of(knobs)
    drive = raw_drive(make_image(tmp_path / "disk.img", 65536))
    machine, saboteur = sabotage(knobs["bus"], drive, device(architecture, "disk", options, knobs["bus"]), more)
    saboteur.wait_for_ring()  # The question for the serial number, while the kernel boots.
    machine.type("blk test 4096 1\r")
    for _ in range(5):
        saboteur.wait_for_ring()
    saboteur.ruin_queue("virtio-blk")
    saboteur.go_on()
    machine.expect_text("is given up: it asks to be reset")
    assert "failed: device failed" in machine.wait_for_prompt()
    assert re.search(r"; 0 in flight, \d+ at most", machine.command("blk stat"))
    assert "device failed" in machine.command("blk read 0")
    assert "up " in machine.command("uptime")
    assert len(re.findall("is given up", machine.command("log"))) == 1


@pytest.mark.variants(WAYS)
def test_an_entropy_source_before_its_first_answer(sabotage, knobs):
    options, more = options_of(knobs)
    machine, saboteur = sabotage(knobs["bus"], f"-device virtio-rng-{knobs['bus']}{',' if options else ''}{options}", more)
    saboteur.wait_for_ring()
    saboteur.ruin_queue("virtio-rng")
    saboteur.go_on()
    machine.expect_text("is given up: it asks for a reset")
    assert "no entropy source that works" in machine.command("random 16")
    assert "source: none" in machine.command("random stat")
