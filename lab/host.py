"""The tree's host tests as a part of a grade: what a step's functions do, tried on this computer under the sanitizers."""

import functools
import os
import pathlib
import random
import re
import resource
import signal
import subprocess

from machine import Failure

PROGRAM = pathlib.Path("build/host/grade-test")  # Some of the host tests: test/host/host.mk.
PATIENCE = 20  # Seconds of the processor's time for a test, which takes one; a random one has ten times that.


@functools.cache
def build():
    """Why the host tests cannot be built, by the compiler's own words; None when they can."""
    made = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", str(PROGRAM)], capture_output=True, text=True)
    lines = (made.stdout + made.stderr).splitlines()
    first = next((i for i, line in enumerate(lines) if "error" in line.lower()), 0)
    return "\n".join(lines[first:first + 25]) if made.returncode else None


def told(output):
    """Of the first test that failed its first fault: where, what was checked, and what came instead; or what a sanitizer says."""
    if panic := re.search(r"^KERNEL PANIC: .*\n.*", output, re.MULTILINE):
        return panic[0]
    if fault := re.search(r"^\S+: (?:FATAL )?ERROR: .*\n(?:(?!={10}|\n\S+: ).*\n){0,8}", output, re.MULTILINE):
        return "\n".join(line for line in fault[0].splitlines() if line.strip())
    if crash := re.search(r"^(.*runtime error: .*|==\d+==ERROR: .*)$", output, re.MULTILINE):
        places = re.findall(r"^ *#\d+ \S+ in (.*? (?:\S*/)?(?:kernel|test/host)/\S+:\d+)", output[crash.start():], re.MULTILINE)
        return "\n".join([crash[1], *(f"  in {place}" for place in places[:6])])
    return output[-1500:].strip() or "nothing; it has crashed"


@functools.cache
def fault_of(test):
    """What went wrong in a host test, or None. Its name may be given by a beginning."""
    pattern = test.replace(",", "?") + "*"  # A comma would be between two patterns.
    is_random = "random" in test
    patience = PATIENCE * (10 if is_random else 1)
    seed = str(random.randrange(10 ** 6))
    ran = subprocess.run([PROGRAM, f"--test-case={pattern}"], capture_output=True, text=True, errors="replace",
                         env={**os.environ, "TRIVIUM_SEED": seed, "TRIVIUM_PANIC_ENDS": "1"},
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (patience, patience + 1)))
    if ran.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"after {patience} seconds it still runs: a list that has become a circle, or a loop whose end never comes?"
    if ran.returncode == 0 and not re.search(r"test cases: +[1-9]", ran.stdout):
        return "no test of that name among those that are graded: GRADED_TESTS in test/host/host.mk"
    return None if ran.returncode == 0 else told(ran.stdout + ran.stderr) + (f"\n(with TRIVIUM_SEED={seed})" if is_random else "")


def holds(*tests):
    """That these host tests pass; Failure for the first that does not."""
    if fault := build():
        raise Failure("host tests that compile: `make host-test`", fault)
    for test in tests:
        if fault := fault_of(test):
            raise Failure(f"the host test \"{test}\" to pass: make host-test K=\"{test.split(',')[0]}\"", fault)


def clears(step, tests):
    """That the step's host tests pass, of {step: [test]} in the order of the steps. Then whether a machine is worth a look: it
    needs all steps, so where a later one's host tests fail it is that one that will tell."""
    holds(*tests[step])
    later = list(tests)[list(tests).index(step) + 1:]
    return not any(fault_of(test) for each in later for test in tests[each])
