"""PCI: functions found, their memory placed, their interrupts delivered by message or by pin, on each machine that has them."""

import re

import pytest
from machine import Qmp

TEXT = "written over PCI"
HOST_TEXT = "placed by the host"

# Every interrupt controller and CPU that changes how a message or a pin arrives.
MACHINES = {
    "arm64": [{"GIC": 3}, {"GIC": 2}, {"GIC": 3, "QEMU_EXTRA": "-machine its=off"},
              {"GIC": 3, "CPU": "cortex-a53", "VIRTUALIZATION": "off"}, {"MEM": "4G"}],
    "x64": [{"CPU": "max"}, {"CPU": "qemu64"}, {"MEM": "4G"}],
    "rv64": [{}, {"MEM": "4G"}],
}


def make_disk(path):
    image = bytearray(2 << 20)
    image[7 * 512:7 * 512 + len(HOST_TEXT)] = HOST_TEXT.encode()
    path.write_bytes(image)
    return path


def disk_options(path, options="", name="d0"):
    return f"-drive file={path},if=none,format=raw,id={name} -device virtio-blk-pci,drive={name}{options}"


def interrupt_counts(machine):
    """What `interrupts` prints: {handler: (line, trigger, count)}."""
    rows = re.findall(r"^ *(\d+)  (edge|level) +(\d+)  (.+)$", machine.command("interrupts"), re.MULTILINE)
    return {handler: (int(line), trigger, int(count)) for line, trigger, count, handler in rows}


def drivers(machine):
    """What `devices` says of functions on PCI: {place: the rest of its line}."""
    return dict(re.findall(r"^  (pci [0-9a-f:.]+) +(.+)$", machine.command("devices"), re.MULTILINE))


def assert_disk_works(machine):
    assert "placed by the ho" in machine.command("blk read 7")
    assert "durable" in machine.command(f"blk write 9 {TEXT}")
    assert TEXT in machine.command("blk read 9")


def assert_written(machine, path):
    machine.type("poweroff\r")
    machine.wait_for_exit()
    assert path.read_bytes()[9 * 512:10 * 512] == TEXT.encode().ljust(512, b"\0")


@pytest.mark.variants(MACHINES)
def test_devices_work_over_pci(boot, architecture, tmp_path, knobs):
    disk = make_disk(tmp_path / "disk.img")
    machine = boot(TRANSPORT="pci", DISK=disk, **knobs)
    found = drivers(machine)
    assert found["pci 00:01.0"].startswith("virtio-blk over pci"), found
    assert found["pci 00:03.0"].startswith("virtio-rng over pci"), found
    assert_disk_works(machine)
    counts = interrupt_counts(machine)
    if architecture == "rv64" or "its=off" in knobs.get("QEMU_EXTRA", ""):  # Pins are all there is.
        assert counts["pci pins"][1] == "level" and counts["pci pins"][2] > 0, counts
    else:
        assert counts["pci 00:01.0 queues"][1] == "edge", counts
        assert counts["pci 00:01.0 queues"][2] >= 3, counts
        assert "pci pins" not in counts, counts
    assert_written(machine, disk)


@pytest.mark.parametrize("options, handler", [
    ("vectors=0", "pci pins"), ("vectors=1", "pci 00:01.0"), ("disable-legacy=on", "pci 00:01.0 queues"),
    ("disable-legacy=off,disable-modern=off", "pci 00:01.0 queues"), ("iommu_platform=on,disable-legacy=on", "pci 00:01.0 queues"),
    ("modern-pio-notify=on", "pci 00:01.0 queues"), ("page-per-vq=on", "pci 00:01.0 queues")])
def test_options_of_the_device(boot, architecture, tmp_path, options, handler):
    disk = make_disk(tmp_path / "disk.img")
    machine = boot(DISK="none", NET="none", RNG="none", QEMU_EXTRA=disk_options(disk, f",{options}"))
    assert_disk_works(machine)
    assert interrupt_counts(machine)["pci pins" if architecture == "rv64" else handler][2] >= 3
    assert_written(machine, disk)


def test_a_legacy_device_is_refused_with_the_option_that_helps(start, tmp_path):
    machine = start(DISK="none", NET="none", RNG="none",
                    QEMU_EXTRA=disk_options(make_disk(tmp_path / "disk.img"), ",disable-modern=on"))
    lines = [line for line in machine.boot().splitlines() if "disable-legacy=on" in line]
    assert len(lines) == 1 and "pci 00:01.0" in lines[0], lines
    assert "not used: unsupported" in drivers(machine)["pci 00:01.0"]
    assert "no block device" in machine.command("blk read 7")


@pytest.mark.parametrize("options", ["", ",vectors=1", ",vectors=0"])
def test_a_change_of_configuration_interrupts(boot, tmp_path, options):
    disk, socket = make_disk(tmp_path / "disk.img"), tmp_path / "qmp"
    machine = boot(DISK="none", NET="none", RNG="none",
                   QEMU_EXTRA=f"{disk_options(disk, options)} {Qmp.qemu_options(socket)}")
    Qmp(socket).execute("block_resize", device="d0", size=4 << 20)
    machine.expect_text("resized from 4096 to 8192 sectors")


def test_pins_are_shared(boot, tmp_path):
    """Devices 1 and 5 have the same line wherever lines are dealt out in fours."""
    disks = [make_disk(tmp_path / f"disk{i}.img") for i in range(2)]
    extra = " ".join(disk_options(disk, f",vectors=0,addr={place}", f"d{place}") for disk, place in zip(disks, (1, 5)))
    machine = boot(DISK="none", NET="none", RNG="none", QEMU_EXTRA=extra)
    for index in range(2):
        machine.command(f"blk use {index}")
        assert_disk_works(machine)
    assert machine.command("interrupts").count("pci pins") == 1


def test_functions_of_one_device(boot, tmp_path):
    extra = disk_options(make_disk(tmp_path / "disk.img"), ",addr=9.0,multifunction=on") + " -device virtio-rng-pci,addr=9.5"
    machine = boot(DISK="none", NET="none", RNG="none", QEMU_EXTRA=extra)
    assert {"pci 00:09.0", "pci 00:09.5"} <= drivers(machine).keys()
    assert_disk_works(machine)


@pytest.mark.only("x64")
@pytest.mark.parametrize("options", ["", ",vectors=0"])
def test_devices_behind_bridges_that_firmware_has_numbered(boot, tmp_path, options):
    disk = make_disk(tmp_path / "disk.img")
    extra = "-device pcie-root-port,id=port1,chassis=1 -device pcie-root-port,id=port2,chassis=2 " + \
        disk_options(disk, f",bus=port2{options}")
    machine = boot(DISK="none", NET="none", RNG="none", QEMU_EXTRA=extra)
    assert drivers(machine)["pci 02:00.0"].startswith("virtio-blk over pci")
    assert_disk_works(machine)
    assert_written(machine, disk)


@pytest.mark.only("arm64", "rv64")
def test_bridges_that_nobody_has_numbered_are_told_of(start):
    machine = start(DISK="none", NET="none", RNG="none",
                    QEMU_EXTRA="-device pcie-root-port,id=port1,chassis=1 -device virtio-rng-pci,bus=port1")
    assert "firmware has not numbered the bus behind pci 00:01.0" in machine.boot()


def test_functions_that_nobody_drives_are_left_alone(boot, tmp_path):
    disk = make_disk(tmp_path / "disk.img")
    machine = boot(TRANSPORT="pci", DISK=disk, QEMU_EXTRA="-device nvme,serial=1 -device e1000e -device virtio-balloon-pci")
    assert "no driver for type 5" in " ".join(drivers(machine).values())
    assert_disk_works(machine)
