"""Block devices, judged by what the host finds in the image and by what QEMU is told to do to the requests."""

import random
import re
import secrets
from dataclasses import dataclass

import pytest
from block import (device, make_image, padded, power_off, raw_drive, read_sectors, run_test, sector_of,
                   with_devices)
from machine import Qmp


@pytest.fixture
def disk(tmp_path):
    """disk("name", …) makes an image in a folder of the test's own."""
    return lambda name="disk.img", *arguments, **more: make_image(tmp_path / name, *arguments, **more)


def boot_with(boot, architecture, image, device_options="", drive_options=""):
    return boot(**with_devices(raw_drive(image, drive_options), device(architecture, "disk", device_options)))


# ---- Sectors there and back ------------------------------------------------------------------------------------------------

def test_pattern_is_in_the_image_and_nothing_else_changed(boot, disk, architecture):
    before = random.Random(1).randbytes(64 * 512)
    image = disk(sectors=64, contents=before)
    machine = boot_with(boot, architecture, image)
    text = f"{secrets.token_hex(16)} and some words"
    assert "durable" in machine.command(f"blk write 7 {text}")
    assert "durable" in machine.command(f"blk write 63 {text[::-1]}")
    power_off(machine)
    after = image.read_bytes()
    assert after == before[:7 * 512] + padded(text) + before[8 * 512:63 * 512] + padded(text[::-1])


def test_pattern_placed_by_the_host_is_read(boot, disk, architecture):
    contents = random.Random(2).randbytes(2048 * 512)
    machine = boot_with(boot, architecture, disk(contents=contents))
    for sector, count in [(0, 1), (1000, 64), (2047, 1)]:
        assert read_sectors(machine, sector, count) == contents[sector * 512:(sector + count) * 512]


def test_random_requests_verify_with_64_in_flight(boot, disk, architecture):
    machine = boot_with(boot, architecture, disk(sectors=65536))
    run_test(machine, 16384, random.randrange(10**9))
    assert ", 64 at most" in machine.command("blk stat")


def test_wrong_arguments_get_an_answer(boot, disk, architecture):
    machine = boot_with(boot, architecture, disk())
    for line in ["blk read", "blk read x", "blk read 0 0", "blk read 0 65", "blk write 3", "blk write x y", "blk test", "blk use 1",
                 "blk test 0 1", "blk nonsense", "blk", "blk discard"]:
        assert machine.command(line).strip(), f"no answer to {line!r}"
    for line in ["blk read 2048", "blk read 2047 2", "blk write 2048 x", "blk read 999999999999999999", "blk discard 2047 2"]:
        assert "beyond the end: blk0 has 2048 sectors" in machine.command(line)
    assert "blk0" in machine.command("blk stat")


def test_without_a_disk_the_commands_say_so(boot, architecture):
    assert "no block device" in boot(**with_devices()).command("blk read 0")


# ---- What the device is ----------------------------------------------------------------------------------------------------

def test_read_only_disk_is_read_and_not_written(boot, disk, architecture):
    contents = random.Random(3).randbytes(2048 * 512)
    image = disk(contents=contents)
    machine = boot_with(boot, architecture, image, drive_options="readonly=on")
    assert "read-only" in machine.command("blk stat")
    assert read_sectors(machine, 5) == contents[5 * 512:6 * 512]
    assert "failed: read-only" in machine.command("blk write 5 x")
    assert "read-only" in machine.command("blk test 64 1")
    power_off(machine)
    assert image.read_bytes() == contents


def test_resize_is_seen(boot, disk, architecture, tmp_path):
    image, socket = disk(), tmp_path / "qmp"
    machine = boot(**with_devices(raw_drive(image), device(architecture, "disk"), Qmp.qemu_options(socket)))
    qmp = Qmp(socket)
    qmp.execute("block_resize", device="disk", size=4096 * 512)
    machine.expect_text("blk0: resized from 2048 to 4096 sectors")
    assert "durable" in machine.command("blk write 4095 at the new end")
    qmp.execute("block_resize", device="disk", size=1024 * 512)
    machine.expect_text("blk0: resized from 4096 to 1024 sectors")
    assert "beyond the end: blk0 has 1024 sectors" in machine.command("blk read 1024")


def test_two_disks_are_told_apart(boot, disk, architecture):
    images = [disk("a.img"), disk("b.img", 4096)]
    machine = boot(**with_devices(*(option for index, image in enumerate(images) for option in (
        raw_drive(image, name=f"d{index}"), device(architecture, f"d{index}", f"serial=number-{index}")))))
    found = re.findall(r"^(blk\d)(?: \(in use\))?: (\d+) sectors.*serial '(.*)'", machine.command("blk stat"), re.MULTILINE)
    sizes = {"number-0": "2048", "number-1": "4096"}
    assert {serial: size for _, size, serial in found} == sizes
    for name, _, serial in found:
        machine.command(f"blk use {name[-1]}")
        assert f"of {name} written" in machine.command(f"blk write 9 this is {serial}")
    power_off(machine)
    assert [sector_of(image, 9) for image in images] == [padded("this is number-0"), padded("this is number-1")]


def test_discard_is_split_and_exact(boot, disk, architecture):
    image = disk(contents=b"\xff" * 8192 * 512, sectors=8192)
    machine = boot_with(boot, architecture, image, "max-discard-sectors=1024", "discard=unmap")
    assert "discarded" in machine.command("blk discard 64 3200")
    power_off(machine)
    assert image.read_bytes() == b"\xff" * 64 * 512 + bytes(3200 * 512) + b"\xff" * (8192 - 3264) * 512


# ---- The configurations of virtio ------------------------------------------------------------------------------------------

@dataclass
class Configuration:
    """How QEMU presents the disk, and what the kernel then says: of the disk, or why it refuses it."""

    options: str = ""
    bus: str = ""  # The machine's usual one, if none is named.
    drive: str = ""
    more: str = ""
    says: str = "cached"
    refused: str = ""
    block: int = 1  # In sectors.


MMIO = {
    "mmio-legacy": Configuration(bus="device", more="-global virtio-mmio.force-legacy=true", refused="force-legacy=false"),
    "mmio-modern": Configuration(bus="device"),
}
PCI = {
    "pci-modern": Configuration("disable-legacy=on", bus="pci"),
    "pci-legacy": Configuration("disable-modern=on,disable-legacy=off", bus="pci", refused="disable-modern=off"),
    "pci-intx": Configuration("vectors=0", bus="pci"),
}
EITHER = {
    "packed": Configuration("packed=on"),
    "plain": Configuration("event_idx=off,indirect_desc=off,queue-size=8"),
    "4096": Configuration("logical_block_size=4096,physical_block_size=4096", says="blocks of 4096 bytes", block=8),
    "write-through": Configuration("config-wce=off", drive="cache=writethrough", says="write-through"),
}
CONFIGURATIONS = {
    "arm64": MMIO | PCI | EITHER | {"iommu": Configuration("iommu_platform=on")},
    "rv64": MMIO | PCI | EITHER | {"iommu": Configuration("iommu_platform=on")},
    "x64": PCI | EITHER | {"iommu": Configuration("iommu_platform=on,disable-legacy=on")},
}


@pytest.mark.variants({name: [{"disk": each} for each in table] for name, table in CONFIGURATIONS.items()})
def test_configuration(boot, disk, architecture, knobs):
    name = knobs["disk"]
    configuration = CONFIGURATIONS[architecture][name]
    before = random.Random(4).randbytes(2048 * 512)
    image = disk(contents=before)
    machine = boot(**with_devices(raw_drive(image, configuration.drive), configuration.more,
                                  device(architecture, "disk", configuration.options, configuration.bus)))
    if configuration.refused:
        assert "no block device" in machine.command("blk stat")
        assert configuration.refused in machine.command("log")  # What to pass to QEMU instead.
        return
    assert configuration.says in machine.command("blk stat")
    sector = 8 + configuration.block // 2  # In the middle of a block, where that is larger than a sector.
    assert "durable" in machine.command(f"blk write {sector} {name}")
    around = read_sectors(machine, sector - 4, 9)
    assert around == before[(sector - 4) * 512:sector * 512] + padded(name) + before[(sector + 1) * 512:(sector + 5) * 512]
    run_test(machine, 2048, 5)
    machine.command(f"blk write {sector} {name} again")
    power_off(machine)
    assert sector_of(image, sector) == padded(f"{name} again")


# ---- Trouble ---------------------------------------------------------------------------------------------------------------

def faulty_drive(name, image, faults):
    """A drive that fails: each fault is (read, write or flush; sector or None; whether once)."""
    injected = "".join(
        f",inject-error.{i}.event=none,inject-error.{i}.iotype={kind},inject-error.{i}.errno=5,"
        f"inject-error.{i}.once={'on' if once else 'off'}" + (f",inject-error.{i}.sector={sector}" if sector is not None else "")
        for i, (kind, sector, once) in enumerate(faults))
    return f"-blockdev driver=blkdebug,node-name={name},image.driver=file,image.filename={image}{injected}"


REPORT = "werror=report,rerror=report"


def test_errors_are_reported_and_the_rest_goes_on(boot, disk, architecture):
    images = [disk(name, contents=b"\x55" * 2048 * 512) for name in ("a.img", "b.img")]
    faults = [[("read", 800, True), ("write", 816, False), ("flush", None, True)],
              [("read", 800, False), ("write", 816, True), ("flush", None, False)]]
    machine = boot(**with_devices(*(option for i in range(2) for option in (
        faulty_drive(f"d{i}", images[i], faults[i]), device(architecture, f"d{i}", f"serial=disk-{i},{REPORT}")))))
    names = {serial: name for name, serial in re.findall(r"blk(\d).*serial '(.*)'", machine.command("blk stat"))}
    for index, (read_once, write_once, flush_once) in enumerate([(True, False, True), (False, True, False)]):
        machine.command(f"blk use {names[f'disk-{index}']}")
        check_faults(machine, f"blk{names[f'disk-{index}']}", read_once, write_once, flush_once)
    power_off(machine)
    for image, written in zip(images, [b"\x55" * 512, padded("second")]):
        assert sector_of(image, 816) == written
        assert sector_of(image, 817) == padded("beside")
        assert sector_of(image, 800) == b"\x55" * 512


def check_faults(machine, name, read_once, write_once, flush_once):
    failed_read = f"blk: read of sector 800 on {name} failed: input/output error"
    assert failed_read in machine.command("blk read 800")
    assert (failed_read not in machine.command("blk read 800")) == read_once
    assert read_sectors(machine, 801) == b"\x55" * 512
    failed_write = f"blk: write of sector 816 on {name} failed: input/output error"
    assert failed_write in machine.command("blk write 816 first")
    failed_flush = f"blk: flush of {name} failed: input/output error"
    answer = machine.command("blk write 817 beside")
    assert failed_flush in answer and "not durable" in answer
    assert (failed_flush not in machine.command("blk flush")) == flush_once
    assert (failed_write not in machine.command("blk write 816 second")) == write_once


def test_error_among_many_requests_is_found(boot, disk, architecture):
    image = disk()
    machine = boot(**with_devices(faulty_drive("d0", image, [("write", 1000, False)]), device(architecture, "d0", REPORT)))
    answer = machine.command("blk test 16384 3")
    found = re.search(r"write of (\d+) sectors from sector (\d+) failed: input/output error", answer)
    assert found, answer
    count, first = int(found[1]), int(found[2])
    assert first <= 1000 < first + count
    assert read_sectors(machine, 0), "the device answers afterwards"


def throttled(image, requests_per_second):
    return (f"-object throttle-group,id=slow,x-iops-total={requests_per_second} "
            f"-blockdev driver=throttle,node-name=d0,throttle-group=slow,file.driver=file,file.filename={image}")


def test_slow_disk_is_waited_for(boot, disk, architecture):
    machine = boot(**with_devices(throttled(disk(), 100), device(architecture, "d0")))
    run_test(machine, 1024, 6)
    assert "0 of them failed" in machine.command("blk stat")


def test_control_c_ends_the_wait_for_a_slow_disk(boot, disk, architecture):
    machine = boot(**with_devices(throttled(disk(), 60), device(architecture, "d0")))
    machine.type("blk test 100000 6\r")
    machine.expect_text("blk test 100000 6\r\n")
    machine.type("\x03")
    machine.expect_text("^C")
    machine.wait_for_prompt()
    assert "up " in machine.command("uptime")
    machine.command("ticks 2")  # Meanwhile the device finishes what was let go, and nothing is left of it.
    assert "; 0 in flight, 64 at most" in machine.command("blk stat")
