"""Lab 6: what the kernel writes is in the image, what it reads was there, and errors and limits of the device are minded."""

import contextlib
import pathlib
import random
import re
import secrets
import tempfile

from grading import check
from machine import PROMPT, Failure, Machine

SECTORS = 8192
NEXT_STEP = r"KERNEL PANIC: lab 6, judge the answer"  # A later step that is not done yet.


@contextlib.contextmanager
def disk(contents=b""):
    """A disk image of random bytes, but for what it begins with; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="trivium-disk-") as folder:
        image = pathlib.Path(folder) / "disk.img"
        image.write_bytes(contents + random.randbytes(SECTORS * 512 - len(contents)))
        yield image


def sector(number):
    return slice(number * 512, (number + 1) * 512)


def shortened(answer):
    """The beginning of an answer: a sector takes 32 lines."""
    lines = answer.splitlines()
    return "\n".join(lines[:4] + ["..."] if len(lines) > 6 else lines)


def shown_bytes(answer):
    """What `blk read` printed, as bytes."""
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]{8,} ((?: [0-9a-f]{2}){16})  \|", answer, re.MULTILINE)))


@check("build the request chain")
def build_the_request_chain(architecture):
    number, text = random.randrange(1, SECTORS), secrets.token_hex(20)
    with disk() as image:
        expected = bytearray(image.read_bytes())
        expected[sector(number)] = text.encode().ljust(512, b"\0")
        with Machine(architecture, DISK=image) as kernel:
            kernel.boot()
            kernel.type(f"blk write {number} {text}\r")
            kernel.expect(rf"{re.escape(PROMPT)}$|{NEXT_STEP}", 5, f"an answer to `blk write {number} {text}`")
        found = image.read_bytes()
        changed = [at for at in range(SECTORS) if found[sector(at)] != expected[sector(at)]]
        if changed:
            raise Failure(f"the text in sector {number} of the image, zeros behind it, and all else as it was",
                          f"sector {changed[0]} begins with {found[sector(changed[0])][:48]!r}")


@check("judge the answer")
def judge_the_answer(architecture):
    bad = random.randrange(8, SECTORS - 8)
    with disk() as image:
        faults = image.with_name("faults")
        faults.write_text(f'[inject-error]\nevent = "none"\niotype = "read"\nerrno = "5"\nsector = "{bad}"\n')
        contents = image.read_bytes()
        with Machine(architecture, DISK=f"blkdebug:{faults}:{image}") as kernel:
            kernel.boot()
            for number in (bad - 1, bad + 1):
                answer = kernel.command(f"blk read {number}", 5)
                if shown_bytes(answer) != contents[sector(number)]:
                    raise Failure(f"the contents of sector {number} as they are in the image, beginning with "
                                  f"{contents[sector(number)][:16].hex(' ')}", shortened(answer))
            answer = kernel.command(f"blk read {bad}", 5)
            if f"read of sector {bad} on blk0 failed: input/output error" not in answer:
                raise Failure(f"`failed: input/output error` for sector {bad}, which the device cannot read", shortened(answer))


@check("split to the limits")
def split_to_the_limits(architecture):
    limit = 8 * random.randrange(20, 60)
    first, count = 8 * random.randrange(10), 8 * random.randrange(400, 800)
    with disk() as image:
        expected = bytearray(image.read_bytes())
        expected[first * 512:(first + count) * 512] = bytes(count * 512)
        with Machine(architecture, DISK=image, QEMU_EXTRA="-set drive.disk.discard=unmap "
                     f"-global virtio-blk-device.max-discard-sectors={limit}") as kernel:
            kernel.boot()
            answer = kernel.command(f"blk discard {first} {count}", 10)
            if "discarded" not in answer:
                raise Failure(f"{count} sectors discarded, by a device that takes {limit} at once", answer)
        found = image.read_bytes()
        wrong = [at for at in range(SECTORS) if found[sector(at)] != expected[sector(at)]]
        if wrong:
            raise Failure(f"sectors {first} to {first + count - 1} of the image empty, and all others as they were",
                          f"{len(wrong)} sectors are not, the first is {wrong[0]} (the device takes {limit} at once)")
