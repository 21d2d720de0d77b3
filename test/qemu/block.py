"""Disks for a machine under test: images, QEMU's options for them, and what the monitor's `blk read` shows."""

import re

SECTOR = 512
BUS = {"arm64": "device", "x64": "pci", "rv64": "device"}  # The transport that `make run` uses.
NOTHING_ELSE = {"DISK": "none", "NET": "none", "RNG": "none"}


def make_image(path, sectors=2048, contents=b""):
    """A disk image of that size, which begins with `contents` and is zero behind them."""
    with open(path, "wb") as image:
        image.write(contents)
        image.truncate(sectors * SECTOR)
    return path


def device(architecture, drive, options="", bus=""):
    """The device for a drive of QEMU's."""
    return f"-device virtio-blk-{bus or BUS[architecture]},drive={drive}{',' if options else ''}{options}"


def raw_drive(path, options="", name="disk"):
    return f"-drive file={path},if=none,format=raw,id={name}{',' if options else ''}{options}"


def with_devices(*options):
    """A machine's knobs: these options of QEMU's, and none of the usual devices."""
    return NOTHING_ELSE | {"QEMU_EXTRA": " ".join(options)}


def sector_of(path, sector, count=1):
    """What the image holds there."""
    with open(path, "rb") as image:
        image.seek(sector * SECTOR)
        return image.read(count * SECTOR)


def read_sectors(machine, sector, count=1):
    """The bytes that `blk read` shows; the offsets beside them must be those on the disk."""
    shown = machine.command(f"blk read {sector} {count}")
    lines = re.findall(r"^([0-9a-f]{8,}) ((?: [0-9a-f]{2}){16})  \|(.{16})\|$", shown, re.MULTILINE)
    offsets = [int(offset, 16) for offset, _, _ in lines]
    assert offsets == list(range(sector * SECTOR, (sector + count) * SECTOR, 16)), shown
    data = bytes.fromhex("".join(hexadecimal for _, hexadecimal, _ in lines))
    printable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
    assert printable == "".join(characters for _, _, characters in lines)
    return data


def padded(text):
    """A sector as `blk write` fills it."""
    return text.encode().ljust(SECTOR, b"\0")


def run_test(machine, sectors, seed, deadline=30):
    """Runs `blk test`, which must pass."""
    answer = machine.command(f"blk test {sectors} {seed}", deadline)
    assert f"blk test {sectors} {seed}: passed" in answer, answer


def power_off(machine):
    machine.type("poweroff\r")
    machine.wait_for_exit()
    assert machine.exit_status == 0
