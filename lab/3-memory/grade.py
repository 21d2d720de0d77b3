"""Lab 3: blocks of frames and slots of slabs are distinct while in use, and become what they were when they are freed."""

import random
import re

from grading import check
from machine import PROMPT, Failure, Machine


def free_memory(kernel):
    """How many KiB `memory` says are free."""
    answer = kernel.command("memory")
    total = re.search(r"(\d+) KiB free", answer)
    if not total:
        raise Failure("free memory in `memory`", answer)
    return int(total[1])


def run_test(kernel, kind, expected="passed"):
    seed = random.randrange(1, 10**6)
    line = f"memory test {kind} {seed}: {expected}"
    start = kernel.position
    kernel.type(f"memory test {kind} {seed}\r")
    if kernel.expect(f"{line}|{PROMPT}$", 20, line)[0] != line:
        raise Failure(line, kernel.output[start:])


def run_and_compare(architecture, kind):
    """Runs the test twice; afterwards as much must be free as before."""
    with Machine(architecture) as kernel:
        kernel.boot()
        before = free_memory(kernel)
        for _ in range(2):
            run_test(kernel, kind)
            kernel.boot()
        after = free_memory(kernel)
        if before != after:
            raise Failure(f"{before} KiB free after the test, as before it", f"{after} KiB")


@check("split a block")
def split_a_block(architecture):
    with Machine(architecture) as kernel:
        kernel.boot()
        run_test(kernel, "frames", "64 blocks in use, all distinct")


@check("merge with the buddy")
def merge_with_the_buddy(architecture):
    run_and_compare(architecture, "frames")


@check("take a slot")
def take_a_slot(architecture):
    run_and_compare(architecture, "heap")
