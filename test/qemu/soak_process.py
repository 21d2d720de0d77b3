"""Long runs with programs: a million system calls that mean no good, a minute of everything from all CPUs, and damaged
executables; each must leave the machine as it was."""

from machine import LOGS, Surprise
from shell import Shell

FUZZ_CALLS = 1_000_000
FUZZ_SHARE = 100_000  # Calls of one run of test-fuzz: each begins with fresh memory and handles, and a seed of its own.
STRESS_SECONDS = 60
MUTATIONS = 2000


def run(architecture, seed, name, knobs, body):
    """Boots that machine to the shell, and lets `body` work with it, which must leave nothing behind."""
    print(name, " ".join(f"{knob}={value}" for knob, value in knobs.items()), flush=True)
    shell = Shell(architecture, LOGS / f"soak-{name}-{architecture}-{seed}.log", **knobs)
    try:
        shell.boot()
        before = shell.balance()
        body(shell)
        shell.check_balance(before)
        with shell.monitor() as ask:
            ask("uptime")
    finally:
        shell.stop()
    shell.log_path.unlink()


def passes(shell, line, deadline):
    if "FAIL" in (printed := shell.run(line, deadline)):
        raise Surprise(f"{line}: {printed}\n{shell.describe()}")


def fuzz(architecture, seed, knobs):
    def body(shell):
        for share in range(FUZZ_CALLS // FUZZ_SHARE):
            passes(shell, f"test-fuzz {(seed + share) % 10**9} {FUZZ_SHARE}", deadline=600)

    run(architecture, seed, "fuzz", knobs, body)


def stress(architecture, seed, knobs):
    run(architecture, seed, "stress", knobs, lambda shell: passes(shell, f"stress {STRESS_SECONDS} {seed % 10**9}", deadline=600))


def stress_ipc(architecture, seed, knobs):
    """Clients and servers who are killed while they talk: each request is answered or failed exactly once."""
    run(architecture, seed, "ipc", knobs, lambda shell: passes(shell, f"stress-ipc {STRESS_SECONDS} {seed % 10**9}", deadline=600))


def nonsense(architecture, seed, knobs):
    """Services that are told what no client would say; the terminal is one of them."""
    def body(shell):
        for share in range(10):
            passes(shell, f"test-services {(seed + share) % 10**9} 2000", deadline=600)

    run(architecture, seed, "services", knobs, body)


def damaged_programs(architecture, seed, knobs):
    run(architecture, seed, "elf", knobs, lambda shell: passes(shell, f"test-elf {seed % 10**9} {MUTATIONS}", deadline=600))
