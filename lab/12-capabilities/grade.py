"""Lab 12: handles name what they should, rights only shrink, and what was given can be taken back.

Each check first runs host tests, which tell most about a mistake, and then programs on the machine, which needs all steps.
"""

import random
import re

import host
from grading import check
from machine import Failure
from shell import Shell

FILL, DERIVE, DELETE, REVOKE = "fill a slot", "derive", "delete one in the middle", "revoke"
MEMORY, ENDPOINT, ANY_SLOT = 3, 8, (1 << 32) - 1
ALL_RIGHTS = 0x7f

HOST_TESTS = {
    FILL: [
        "axiom: a slot is filled when it is free, and each time its handle is another one",
        "axiom: a slot that was filled for the last time is not filled by its number either",
    ],
    DERIVE: [
        "axiom copy_capability: rights only shrink, and only what may be granted leaves the process",
        "axiom transfer_capabilities: all become children, or none",
        "axiom badge: set once, inherited, and only where a sender is told by it",
        "axiom: derivation is at most so deep",
    ],
    DELETE: [
        "axiom delete_capability: children become the parent's; an object goes with its last capability",
        "axiom delete_capability: in any order, what is left derives from the nearest that is left",
        "axiom delete_capability: a slot that is filled again has another generation",
        "axiom badge: the next capability in a node that had one has none",
        "axiom: places of deleted capabilities count in how deep a derivation is",
        "axiom destroy_object: all capabilities go, in steps, and nothing is derived meanwhile",
    ],
    REVOKE: [
        "axiom revoke_capability: all descendants in all processes go; the root and its siblings stay",
        "axiom revoke_capability: a name that was bound",
        "axiom revoke_capability: in steps; meanwhile nothing is derived beneath",
        "axiom revoke_capability: deleted capabilities between a root and its descendants save none",
        "axiom revoke_capability: who closes the root meanwhile",
        "axiom revoke_capability: a process's own capability for itself",
        "axiom revoke_capability: a derivation as deep as it gets",
        "calls: revoke and destroy take a step of 32 at a time, and are made again for the next",
        "axiom: 1,000,000 random changes of capabilities against a model",
    ],
}


@check(FILL, later=(DERIVE, DELETE, REVOKE))
def fill_a_slot(architecture):
    if not host.clears(FILL, HOST_TESTS):
        return
    with Shell(architecture) as kernel:
        kernel.boot()
        kernel.holds("test-capabilities", "lookup", "occupied")


@check(DERIVE, later=(DELETE, REVOKE))
def derive(architecture):
    if not host.clears(DERIVE, HOST_TESTS):
        return
    with Shell(architecture) as kernel:
        kernel.boot()
        kernel.holds("test-capabilities", "copy", "mint", "badge")
        for _ in range(4):
            derive_at_random(kernel)


def tries(kernel, kind, derivations, expected):
    """Makes an object, derives these (rights, badge) from it, each from the one before, and asks what the last one is."""
    chain = " ".join(f"derive @ {rights} {badge:#x} {ANY_SLOT}" for rights, badge in derivations)
    line = f"try create {kind} 4096 {chain} identify @"
    answer = kernel.command(line).splitlines()[1:-1]
    if expected not in answer[-2:]:
        raise Failure(f"`{expected}` near the end of what `{line}` prints", "\n".join(answer))


def derive_at_random(kernel):
    rights = random.randrange(1, ALL_RIGHTS)
    fewer, badge = rights & random.randrange(ALL_RIGHTS + 1), random.randrange(1, 1 << 63)
    more = fewer | random.choice([1 << bit for bit in range(7) if not rights >> bit & 1])
    tries(kernel, MEMORY, [(rights, 0), (fewer, 0)], f"identify: {MEMORY | fewer << 16:#x}, 0x0")
    tries(kernel, ENDPOINT, [(rights, badge), (fewer, 0)], f"identify: {ENDPOINT | fewer << 16:#x}, {badge:#x}")
    tries(kernel, MEMORY, [(rights, 0), (more, 0)], "derive: not permitted")
    tries(kernel, MEMORY, [(rights, badge)], "derive: invalid argument")
    tries(kernel, ENDPOINT, [(rights, badge), (fewer, badge)], "derive: not permitted")


@check(DELETE, later=(REVOKE,))
def delete_one_in_the_middle(architecture):
    if not host.clears(DELETE, HOST_TESTS):
        return
    with Shell(architecture) as kernel:
        kernel.boot()
        kernel.holds("test-capabilities", "delete")
        draws_the_tree(kernel)


def draws_the_tree(kernel):
    """What a job's input derives from, as captree tells it: init's, then the shell's, then the job's."""
    process = re.search(r"process (\d+)", kernel.command("spin &"))
    rows = kernel.command(f"caps {process[1]}") if process else ""
    null = re.search(r"^ *(\d+:\d+) null +(\d+) ", rows, re.MULTILINE)
    tree = kernel.command(f"captree {null[2]}").replace("`", "|") if null else ""
    if not null or not re.search(rf"^  (?=[| -]{{8}})[| -]+process {process[1]}, handle {null[1]}: ", tree, re.MULTILINE):
        raise Failure("the job `spin &` in `captree`, its input derived from the shell's null, and that from init's", tree or rows)
    kernel.command(f"kill {process[1]}")


@check(REVOKE)
def revoke(architecture):
    if not host.clears(REVOKE, HOST_TESTS):
        return
    with Shell(architecture) as kernel:
        kernel.boot()
        kernel.holds("test-capabilities", "harmless", "siblings", "middle", "move", "reuse", "stale")
        kernel.holds("test-capabilities", "revoke", "quota", budget=60)
