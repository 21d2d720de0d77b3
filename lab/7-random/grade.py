"""Lab 7: ChaCha20 computes what RFC 8439 says, and seeds are gathered from a device that gives little at a time."""

import random
import re

from grading import check
from machine import Failure, Machine

DEVICES = {"arm64": "virtio-rng-device", "rv64": "virtio-rng-device", "x64": "virtio-rng-pci"}

# Blocks of the keystream for the key and nonce of RFC 8439, 2.3.2, by counter.
BLOCKS = {
    1: ("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e",
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"),
    0: ("8adc91fd9ff4f0f51b0fad50ff15d637e40efda206cc52c783a74200503c1582",
        "cd9833367d0a54d57d3c9e998f490ee69ca34c1ff9e939a75584c52d690a35d4"),
    20: ("992cc00efae461016661769daf84cd9edfd63a4a43a031f93c5dab63cd2db3ec",
        "a1ca35a9a56f4c7a6fdbe6448070c510b3b07b761fe71c4fbee173efb92d0166"),
    4294967295: ("ff2941b8d740f6cbb50936bf997ebd5218cb108dc53f41c64841d0218167430c",
        "a03b770ca74ccb642a28194d1dedd2ed13151e25ec5d7faeb6d060bfb7e6b146"),
}


def without_device(architecture):
    """A machine that needs no random numbers before it is asked for the examples."""
    return Machine(architecture, RNG="none")


@check("quarter round")
def quarter_round(architecture):
    with without_device(architecture) as kernel:
        kernel.boot()
        kernel.type("random test\r")
        computed = kernel.expect(r"quarter round: ([^\n]*)\n", 5, "'quarter round: ' and four words from `random test`")[1]
        if computed != "ea2a92f4 cb1cf8ce 4581472e 5881c4bb":
            raise Failure("ea2a92f4 cb1cf8ce 4581472e 5881c4bb, the result of RFC 8439, 2.1.1", computed)


@check("block function")
def block_function(architecture):
    with without_device(architecture) as kernel:
        kernel.boot()
        for counter in (1, random.choice([counter for counter in BLOCKS if counter != 1])):
            answer = kernel.command(f"random test {counter}", 5)
            computed = tuple(re.findall(r"^[0-9a-f]{64}$", answer, re.MULTILINE))
            if computed != BLOCKS[counter]:
                raise Failure(f"for counter {counter} the block\n" + "\n".join(BLOCKS[counter]), answer)


@check("handle a short return")
def handle_a_short_return(architecture):
    largest = random.randrange(1, 12)
    device = f"-device {DEVICES[architecture]},max-bytes={largest},period=20"
    answers = []
    for _ in range(2):
        with Machine(architecture, RNG="none", QEMU_EXTRA=device) as kernel:
            kernel.boot()
            answer = kernel.command("random 64", 20, f"64 random bytes, from a device that gives {largest} at most at a time")
            answers.append("".join(re.findall(r"^[0-9a-f]{64}$", answer, re.MULTILINE)))
            if len(answers[-1]) != 128:
                raise Failure("64 bytes in hexadecimal", answer)
            counted = kernel.command("random stat")
            if "entropy: 32 bytes" not in counted or "seeds: 1" not in counted:
                raise Failure("one seed, of 32 bytes that were collected, no fewer", counted)
    if answers[0] == answers[1]:
        raise Failure("other numbers after another boot", answers[0])
