"""Entropy and network devices in every form in which QEMU offers virtio: driven, or refused with a line that says why.

Both kinds are attached at once, with the same options, and both must work. (Disks in these forms: see test_blk.py.)
"""

import re

import pytest

KINDS = ("rng", "net")

# Name: the transport, what each device is given besides, and what `devices` must say of it, or must not.
DRIVEN = {
    "mmio": ("mmio", "", {"event index", "indirect"}, set()),
    "mmio-packed": ("mmio", ",packed=on", {"event index", "indirect"}, set()),
    "mmio-plain-rings": ("mmio", ",event_idx=off,indirect_desc=off", set(), {"event index", "indirect"}),
    "mmio-iommu": ("mmio", ",iommu_platform=on", {"platform addresses"}, set()),
    "pci": ("pci", ",disable-legacy=on", {"event index", "indirect"}, set()),
    "pci-transitional": ("pci", ",disable-legacy=off", {"event index", "indirect"}, set()),
    "pci-packed": ("pci", ",disable-legacy=on,packed=on", {"event index", "indirect"}, set()),
    "pci-plain-rings": ("pci", ",event_idx=off,indirect_desc=off", set(), {"event index", "indirect"}),
    "pci-pins": ("pci", ",vectors=0", {"event index"}, set()),
    "pci-iommu": ("pci", ",disable-legacy=on,iommu_platform=on", {"platform addresses"}, set()),
}

# Name: the transport, options as above and for the whole machine, and what the kernel must name as the remedy.
REFUSED = {
    "mmio-legacy": ("mmio", "", " -global virtio-mmio.force-legacy=true", "force-legacy=false"),
    "pci-legacy": ("pci", ",disable-modern=on", "", "disable-modern=off"),
}


def cases(table):
    """For each architecture the names of the forms that its machine has: q35 has no virtio-mmio."""
    names = {"arm64": list(table), "rv64": list(table), "x64": [name for name in table if table[name][0] == "pci"]}
    return {architecture: [{"FORM": name} for name in these] for architecture, these in names.items()}


def devices(transport, options):
    suffix = "pci" if transport == "pci" else "device"
    return (f"-device virtio-rng-{suffix}{options} -netdev user,id=peer "
            f"-device virtio-net-{suffix},netdev=peer{options}")


def boot_with(start, options):
    """A machine with these devices and no others; and what it printed until its prompt."""
    machine = start(DISK="none", NET="none", RNG="none", QEMU_EXTRA=options)
    return machine, machine.boot()


def drivers(machine):
    """The lines of `devices` that say what is driven, or not."""
    return machine.command("devices").partition("drivers:\n")[2].splitlines()


def ping(machine, size):
    """Asks QEMU's own gateway for three echoes."""
    return machine.command(f"net ping 10.0.2.2 3 {size}")


@pytest.mark.variants(cases(DRIVEN))
def test_form_that_is_driven(start, knobs):
    transport, options, present, absent = DRIVEN[knobs["FORM"]]
    machine, printed = boot_with(start, devices(transport, options))
    assert "not used" not in printed and "given up" not in printed

    listed = drivers(machine)
    for kind in KINDS:
        line = next(line for line in listed if f"virtio-{kind} over {transport}" in line)
        assert all(word in line for word in present), line
        assert not any(word in line for word in absent), line

    assert len(bytes.fromhex("".join(machine.command("random 48").split()))) == 48
    machine.command("net address 10.0.2.15/24 10.0.2.2")
    for size in (0, 1472):
        assert "3 sent, 3 received" in ping(machine, size)
    assert "given up" not in machine.command("log")


@pytest.mark.variants(cases(REFUSED))
def test_form_that_is_refused(start, knobs):
    transport, options, machine_options, remedy = REFUSED[knobs["FORM"]]
    machine, printed = boot_with(start, devices(transport, options) + machine_options)
    assert len(re.findall(rf"virtio.*{remedy}", printed)) in (1, len(KINDS)), "no line that says what to do"
    assert all("not used" in line for line in drivers(machine) if "virtio" in line)
    assert "no entropy source" in machine.command("random 16")


def test_buffers_that_are_not_mergeable(start, architecture):
    suffix = "pci" if architecture == "x64" else "device"
    machine, _ = boot_with(start, f"-netdev user,id=peer -device virtio-net-{suffix},netdev=peer,mrg_rxbuf=off")
    assert not any("mergeable" in line for line in drivers(machine))
    machine.command("net address 10.0.2.15/24 10.0.2.2")
    assert "3 sent, 3 received" in ping(machine, 1472)


def test_several_devices_of_a_kind(start, architecture):
    transport = "pci" if architecture == "x64" else "mmio"
    first = devices(transport, "")
    machine, _ = boot_with(start, first + " " + first.replace("peer", "other"))
    listed = "\n".join(drivers(machine))
    assert all(name in listed for name in ("rng0", "for programs: rng-device", "net0", "net1"))
    assert len(machine.command("random 16").strip()) == 32
