"""Lab 7: ChaCha20 computes what RFC 8439 says, and seeds are gathered from a device that gives little at a time."""

import random
import re

from grading import check
from machine import Failure, Machine

DEVICES = {"arm64": "virtio-rng-device", "rv64": "virtio-rng-device", "x64": "virtio-rng-pci"}

# Blocks of the keystream for the key and nonce of RFC 8439, 2.3.2, by counter and by the nonce's last byte.
BLOCKS = {
    (1, 0): ("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e",
             "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"),
    (0, 7): ("ca38bbd54ba1c90c6e5908b2ac7fa23e80b83445215d3f9345eb4de3eb8037d6",
             "d454f4bba9967512885ebb7ea577f2b3b0a9777edca7a5c152f27beb8c38f416"),
    (20, 255): ("917ee8e709902c7190d8ef8cd5d4ebecd3818ad3b722f8f770fa874b4a2825a9",
                "f01021320818016d073e7a5328d19fba763a95c3cb18cb2b5070f1d9fa7db3ea"),
    (4294967295, 128): ("b9080841a7836b6ea6c81f23d0fcf48081bc3775fb233cd0d70292e4d67bd916",
                        "a51afd2db5566029b40676ab3f5123a67c43a7237b0d7d6524628e2f028394d1"),
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
        for counter, last in ((1, 0), random.choice([numbers for numbers in BLOCKS if numbers != (1, 0)])):
            answer = kernel.command(f"random test {counter} {last}", 5)
            computed = tuple(re.findall(r"^[0-9a-f]{64}$", answer, re.MULTILINE))
            if computed != BLOCKS[counter, last]:
                raise Failure(f"for counter {counter} and a nonce that ends with {last} the block\n"
                              + "\n".join(BLOCKS[counter, last]), answer)


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
