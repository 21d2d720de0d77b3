"""Random numbers: seeded from the device or not to be had, judged by the host, never the same twice."""

import math
import re

import pytest

MIB = 1 << 20
SECTOR = 512
CONTROL_C = "\x03"
DEVICES = {"arm64": "virtio-rng-device", "rv64": "virtio-rng-device", "x64": "virtio-rng-pci"}
TRANSPORTS = {name: [{}, {"TRANSPORT": "pci"}] for name in ("arm64", "rv64")} | {"x64": [{}]}


def random_bytes(machine, count):
    return bytes.fromhex("".join(machine.command(f"random {count}", deadline=30).split()))


def statistics(machine):
    """What `random stat` counts, by name."""
    return {name: int(count) for name, count in re.findall(r"(\w+): (\d+)", machine.command("random stat"))}


def assert_random(data):
    """Monobit and chi-square of the bytes' frequencies: a good generator fails either once in about a million runs."""
    bits = 8 * len(data)
    ones = sum(byte.bit_count() for byte in data)
    assert abs(ones - bits / 2) < 5 * math.sqrt(bits) / 2, f"{ones} of {bits} bits are ones"
    expected = len(data) / 256
    chi_square = sum((data.count(value) - expected) ** 2 / expected for value in range(256))
    assert 255 - 5 * math.sqrt(2 * 255) < chi_square < 255 + 6 * math.sqrt(2 * 255), f"chi-square is {chi_square}"


@pytest.mark.variants(TRANSPORTS)
def test_a_mebibyte_looks_random_to_the_host(boot, tmp_path, knobs):
    disk, sector = tmp_path / "disk.img", 77
    disk.write_bytes(bytes(2 * MIB))
    machine = boot(DISK=disk, **knobs)
    assert "2048 random sectors" in machine.command(f"random disk {sector} {MIB // SECTOR}", deadline=30)
    assert statistics(machine)["output"] == MIB
    machine.type("poweroff\r")
    machine.wait_for_exit()
    image = disk.read_bytes()
    start, end = sector * SECTOR, sector * SECTOR + MIB
    assert_random(image[start:end])
    assert not any(image[:start]) and not any(image[end:]), "sectors that were not asked for were written"


@pytest.mark.variants(TRANSPORTS)
def test_no_two_boots_and_no_two_answers_are_alike(boot, knobs):
    answers = []
    for _ in range(2):
        machine = boot(DISK="none", **knobs)
        answers += [random_bytes(machine, 64), random_bytes(machine, 64)]
    assert all(len(answer) == 64 for answer in answers)
    assert len(set(answers)) == len(answers)


def test_vectors_of_rfc_8439(machine):
    answer = machine.command("random test")
    assert "ea2a92f4 cb1cf8ce 4581472e 5881c4bb" in answer
    assert ("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e\n"
            "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e\n") in answer


def test_without_a_device_there_is_a_statement_and_an_error(start):
    machine = start(RNG="none")
    assert "no entropy source" in machine.boot()
    for command in ("random 16", "random disk 0 1"):
        answer = machine.command(command)
        assert "no entropy source" in answer
        assert not re.search(r"[0-9a-f]{8}", answer)
    assert "none" in machine.command("random stat")


def test_a_device_that_gives_little_and_rarely(boot, architecture):
    machine = boot(RNG="none", QEMU_EXTRA=f"-device {DEVICES[architecture]},max-bytes=5,period=50")
    assert len(random_bytes(machine, 32)) == 32
    counted = statistics(machine)
    assert counted["entropy"] == 32
    assert counted["answers"] >= 7


def test_waiting_for_a_slow_device_can_be_ended(boot, architecture):
    machine = boot(RNG="none", QEMU_EXTRA=f"-device {DEVICES[architecture]},max-bytes=1,period=10000")
    machine.type("random 16\r")
    machine.expect_text("random 16\r\n")
    machine.type(CONTROL_C)
    assert "^C" in machine.wait_for_prompt()
    assert "up " in machine.command("uptime")


def test_a_new_seed_after_a_mebibyte(boot, tmp_path):
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(4 * MIB))
    machine = boot(DISK=disk)
    machine.command(f"random disk 0 {3 * MIB // SECTOR}", deadline=30)
    counted = statistics(machine)
    assert counted["seeds"] >= 3
    assert counted["entropy"] == 32 * counted["seeds"]


def test_a_long_answer_is_ended_by_control_c(machine):
    machine.type(f"random {MIB}\r")
    machine.expect(r"[0-9a-f]{64}\r\n[0-9a-f]{64}\r\n")
    machine.type(CONTROL_C)
    assert "^C" in machine.wait_for_prompt()
    assert 0 < statistics(machine)["output"] < MIB


def test_wrong_arguments_get_an_answer(machine):
    for line in ("random", "random 0", "random x", f"random {MIB + 1}", "random disk", "random disk 0", "random disk 0 0"):
        assert "bytes" in machine.command(line), f"no explanation for {line!r}"


def test_disks_that_cannot_be_filled(boot, tmp_path):
    assert "no block device" in boot(DISK="none").command("random disk 0 1")
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(MIB))
    assert "invalid argument" in boot(DISK=disk).command(f"random disk {MIB // SECTOR} 1")
