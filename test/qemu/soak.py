#!/usr/bin/env python3
"""One round of long runs on random machines: typing, garbage included, which the kernel must answer throughout; requests to a
random disk, each of which must verify; a network full of garbage; and programs that try everything on the kernel, on services
and on each other.

    test/qemu/soak.py --architecture arm64 --seed 7
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

import soak_net
import soak_process
from block import device, make_image, power_off, raw_drive, run_test, with_devices
from machine import LOGS, Machine, Surprise

CPUS = {"arm64": ["cortex-a53", "cortex-a57", "cortex-a76", "max"], "x64": ["qemu64", "max"], "rv64": ["rv64", "rv64,sstc=off"]}
COMMANDS = ["help", "devices", "tree", "memory", "interrupts", "uptime", "log", "net stat", "blk stat", "blk read 0 2", "ticks 1", "ticks x", "panic ?"]
ESCAPES = ["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[3~", "\x1b", "\x1b[", "\x7f", "\x08", "\x15", "\x0b", "\x03", "\r", "\n"]
QEMU_ESCAPE = "\x01"  # Ctrl-A is for QEMU itself, not for the kernel.
ROUNDS = 40
LONGEST = 200  # What is typed faster than it is read is lost beyond the 256 characters that the kernel keeps.


def random_machine(choose, architecture):
    knobs = {"CPU": choose.choice(CPUS[architecture]), "SMP": choose.randint(1, 8), "MEM": f"{choose.randint(64, 4096)}M"}
    if architecture == "arm64":
        knobs |= {"GIC": choose.choice([2, 3]), "VIRTUALIZATION": choose.choice(["on", "off"])}
    return knobs


def random_keys(choose):
    """Keys of every kind. Letters are left out: no word that does something may come about by chance."""
    noise = [chr(code) for code in range(256) if chr(code) != QEMU_ESCAPE and not chr(code).isalpha()]
    return "".join(choose.choice(ESCAPES if choose.random() < 0.3 else noise) for _ in range(choose.randint(1, LONGEST)))


def check_that_it_lives(machine, word):
    """Ends whatever line or command is under way, then asks for an answer that only a living kernel gives."""
    machine.type("\x03\x03\x03\r")
    answer = machine.command(word)
    if f"{word}: " not in answer:
        raise Surprise(f"{word!r} was answered by {answer!r}\n{machine.describe()}")


def run(architecture, seed, name, knobs, body):
    """Boots that machine, lets `body` work with it, and switches it off. The serial log is kept if anything goes wrong."""
    print(name, " ".join(f"{knob}={value}" for knob, value in knobs.items()), flush=True)
    machine = Machine(architecture, LOGS / f"soak-{name}-{architecture}-{seed}.log", **knobs)
    try:
        machine.boot()
        body(machine)
        power_off(machine)
    finally:
        machine.stop()
    machine.log_path.unlink()


def soak_typing(architecture, seed, choose):
    def body(machine):
        for _ in range(ROUNDS):
            if choose.random() < 0.5:
                machine.command(choose.choice(COMMANDS), deadline=30)
            else:
                machine.type(random_keys(choose))
                check_that_it_lives(machine, f"w{choose.randrange(2**32):08x}")

    run(architecture, seed, "typing", random_machine(choose, architecture), body)


def random_disk(choose, architecture):
    """Options for a device over either transport, with or without what makes it quick."""
    bus = choose.choice(["pci", "device"]) if architecture != "x64" else "pci"
    options = [f"queue-size={choose.choice([4, 8, 32, 256])}", f"event_idx={choose.choice(['on', 'off'])}",
               f"indirect_desc={choose.choice(['on', 'off'])}", f"packed={choose.choice(['on', 'off'])}"]
    if bus == "pci":
        options.append(f"vectors={choose.choice([0, 1, 2, 4])}")
    if choose.random() < 0.5:
        options.append("logical_block_size=4096,physical_block_size=4096")
    return bus, ",".join(options)


def soak_disk(architecture, seed, choose):
    """512 MiB in all, on a disk of 1 to 256 MiB."""
    bus, options = random_disk(choose, architecture)
    with tempfile.TemporaryDirectory() as folder:
        image = make_image(Path(folder) / "disk.img", sectors=2048 * choose.randint(1, 256))
        knobs = with_devices(raw_drive(image, f"cache={choose.choice(['writeback', 'writethrough', 'unsafe'])}"),
                             device(architecture, "disk", options, bus))
        run(architecture, seed, "disk", knobs,
            lambda machine: run_test(machine, 2**20, choose.randrange(10**9), deadline=300))


def soak_network(architecture, seed, choose):
    soak_net.run(architecture, seed, random_machine(choose, architecture))


def random_shell(choose, architecture):
    """At least two CPUs in most: one has no races."""
    return random_machine(choose, architecture) | {"SMP": choose.choice([1, 2, 3, 4, 8])}


def soak_calls(architecture, seed, choose):
    soak_process.fuzz(architecture, seed, random_shell(choose, architecture))


def soak_stress(architecture, seed, choose):
    soak_process.stress(architecture, seed, random_shell(choose, architecture))


def soak_messages(architecture, seed, choose):
    soak_process.stress_ipc(architecture, seed, random_shell(choose, architecture) | {"SMP": 4})


def soak_services(architecture, seed, choose):
    soak_process.nonsense(architecture, seed, random_shell(choose, architecture))


def soak_programs(architecture, seed, choose):
    soak_process.damaged_programs(architecture, seed, random_shell(choose, architecture))


SOAKS = [soak_typing, soak_disk, soak_network, soak_calls, soak_stress, soak_messages, soak_services, soak_programs]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--architecture", required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    failed = 0
    for soak in SOAKS:
        try:
            soak(arguments.architecture, arguments.seed, random.Random(f"{arguments.seed} {arguments.architecture}"))
        except AssertionError as surprise:
            print(surprise)
            failed += 1
    print(f"{len(SOAKS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
