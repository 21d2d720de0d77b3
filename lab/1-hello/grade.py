"""Lab 1: the kernel can be heard, says the right words first, and can count."""

import random
import re

from grading import check, unfinished
from machine import PROMPT, Failure, Machine

MACHINES = {"arm64": "virt", "rv64": "virt", "x64": "q35"}


@check("transmit a character")
def transmit_a_character(architecture):
    with Machine(architecture) as kernel:
        kernel.expect(rf"from Trivium on|cpu0\]|{unfinished('say hello')}", 3, "the kernel's first words, letter by letter")
        seen = kernel.expect(f"{PROMPT}$|\nKERNEL PANIC", 3, f"the prompt `{PROMPT}`")
        if seen[0] != PROMPT:
            return  # Of a later step.
        answer = kernel.command("help")
        if "poweroff" not in answer:
            raise Failure("the whole answer to `help`, no character lost", answer)


@check("say hello")
def say_hello(architecture):
    line = f"Hello World from Trivium on {architecture} (QEMU {MACHINES[architecture]})"
    with Machine(architecture) as kernel:
        said = kernel.expect(r".*Trivium.*\n", 3, line)[0].rstrip()
        if said != line:
            raise Failure(line, said)
        if "cpu0]" in kernel.output[:kernel.position]:
            raise Failure("hello before the first line of the log", kernel.output[:400])


@check("digits of a number")
def digits_of_a_number(architecture):
    size = random.choice((72, 96, 136, 200))
    with Machine(architecture, MEM=f"{size}M") as kernel:
        kernel.boot()
        answer = kernel.command("memory")
        if f"RAM: {size} MiB installed" not in answer:
            raise Failure(f"'RAM: {size} MiB installed' from `memory`, for a machine of that size", answer[:300])
        if not re.search(r"0xffffffff8[0-9a-f]{7}-0xffffffff8[0-9a-f]{7} r-x", answer):
            raise Failure("the kernel's text at an address like 0xffffffff80000000, in hexadecimal", answer[-500:])
        answer = kernel.command("interrupts")
        if "spurious: 0," not in answer:
            raise Failure("a zero where `interrupts` counts spurious ones: 0 has one digit", answer)
