"""Lab 13: messages find whoever waits, calls are answered once, and a server is as urgent as those it works for.

Each check first runs host tests, which tell most about a mistake, and then programs on the machine: without the fast path, so
that all goes the ordinary way, and where it matters with it.
"""

import random
import re

import host
from grading import check
from machine import Failure
from shell import Shell

LINE, SEND, LEND, CALL, KEEP = "wait in line", "send and receive", "lend priority", "call and reply", "keep for later"

HOST_TESTS = {
    LINE: [
        "notifications: one who waits takes all bits; the most urgent first, then in order",
    ],
    SEND: [
        "messages: send and receive, whoever comes first",
        "messages: who does not want to wait does not",
        "messages: one that does not fit fails its sender, and the receiver waits on",
        "messages: a receiver's bad buffer is its own trouble, and the sender waits for the next",
        "messages: each length up to the largest, across pages, and one more",
        "messages: capabilities go as far as the receiver accepts them, all or none",
    ],
    LEND: [
        "donation: whoever owes a reply is as urgent as its caller, and as those who wait there for it",
    ],
    CALL: [
        "messages: call, reply, and reply_receive, whoever comes first",
        "messages: a caller's bad buffer fails the caller alone; a reply that does not fit, the replier",
        "messages: a call's deadline holds for the reply, and who replies too late is told",
        "replies: who receives again without answering fails the caller, once",
        "replies: a chain of calls that breaks in the middle fails each caller once",
        "replies: capabilities come with one as far as the server's right to transfer reaches",
        "donation: a low server runs at its caller's priority until it has answered",
        "donation: whoever waits for a busy server lends to it, along the whole chain, while he waits",
        "donation: threads that wait for each other in a circle",
    ],
    KEEP: [
        "replies: what is kept is answered later, in any order, by its token and once",
        "replies: nobody but the process that received can answer, and none can guess",
        "replies: a server that ends fails those it was working for, those it kept, and nobody else",
        "replies: killing a thread at each stage of a call",
        "donation: what is kept for later lends nothing",
    ],
}


def holds(architecture, *cases, fast_path="off"):
    """Runs cases of test-ipc."""
    with Shell(architecture, APPEND=f"fastpath={fast_path}") as kernel:
        kernel.boot()
        kernel.holds("test-ipc", *cases)


@check(LINE, later=(SEND, LEND, CALL, KEEP))
def wait_in_line(architecture):
    if host.clears(LINE, HOST_TESTS):
        holds(architecture, "timer", "signals-are-one", "queue-by-priority", "queue-reorders", "receivers-by-priority")


@check(SEND, later=(LEND, CALL, KEEP))
def send_and_receive(architecture):
    if host.clears(SEND, HOST_TESTS):
        holds(architecture, "send-threads", "send-processes", "nobody-receives", "nobody-sends", "queue-by-priority",
              "kill-sender", "kill-receiver", "more-than-room", "bytes-to-nowhere", "one-capability-is-missing", "table-is-full",
              "revoked-in-flight", "cancel-one-badge", "signal-before-message", "endpoint-closed")


@check(LEND, later=(CALL, KEEP))
def lend_priority(architecture):
    if host.clears(LEND, HOST_TESTS):
        holds(architecture, "queue-reorders", "donation", "donation-in-a-chain", "donation-ends-with-caller", "no-inversion")


@check(CALL, later=(KEEP,))
def call_and_reply(architecture):
    if not host.clears(CALL, HOST_TESTS):
        return
    for fast_path in ("off", "on"):
        holds(architecture, "call-threads", "serve-threads", "serve-processes", "order-when-serving", "serve-at-each-priority",
              "donation", "donation-in-a-chain", "donation-ends-with-caller", "no-inversion", "let-go", "kill-server",
              "kill-caller-after", "reply-too-late", "right-to-transfer-with-reply", "deadlock", fast_path=fast_path)


@check(KEEP)
def keep_for_later(architecture):
    host.holds(*HOST_TESTS[KEEP])
    holds(architecture, "later-threads", "later-processes", "kill-caller-kept", "server-dies", "chain-is-cut")
    count = random.randrange(300, 400)  # More than go in one call.
    with Shell(architecture) as kernel:
        kernel.boot()
        answer = kernel.command(f"random {count}")
        if len("".join(re.findall(r"^[0-9a-f]+$", answer, re.MULTILINE))) != 2 * count:
            raise Failure(f"{count} bytes from `random {count}`, asked of the driver rng, which keeps each call for later", answer)
