#!/usr/bin/env python3
"""The one test runner: builds what is tested, runs the suites side by side, and ends with `N passed, M failed`.

    test/run.py [--architectures "arm64 rv64"] [--filter expression] host qemu labs
    test/run.py --minutes 10 [--seed n] soak

Host tests, and the QEMU tests of each architecture, are jobs of their own; as many run at once as there are CPUs (at most
four), and their output is shown one after the other.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test-logs"
ARCHITECTURES = ["arm64", "x64", "rv64"]
CPUS = os.cpu_count() or 1


@dataclass
class Score:
    """What a job found out: how many cases passed, and the names of those that failed."""

    passed: int = 0
    failed: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed


def environment(**more):
    """Without the flags of the make that called us: a make of our own shall not take part in its jobs and variables."""
    flags = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"}
    return {name: value for name, value in os.environ.items() if name not in flags} | more


class Job:
    """A command, run in the background, whose output can be followed. `score(status, output)` judges it."""

    def __init__(self, name, command, score, **variables):
        self.name, self.command, self.score = name, command, score
        self.variables = variables
        self._output = b""
        self._status = None
        self._change = threading.Condition()

    def run(self):
        process = subprocess.Popen(self.command, cwd=ROOT, env=environment(**self.variables), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while chunk := os.read(process.stdout.fileno(), 65536):
            with self._change:
                self._output += chunk
                self._change.notify()
        status = process.wait()
        with self._change:
            self._status = status
            self._change.notify()

    def follow(self):
        """Shows the output so far, and what comes, until the job ends; returns its score."""
        print(f"\n== {self.name}", flush=True)
        started, shown = time.monotonic(), 0
        while True:
            with self._change:
                self._change.wait_for(lambda: len(self._output) > shown or self._status is not None)
                new, ended = self._output[shown:], self._status is not None
            sys.stdout.write(new.decode(errors="replace"))
            sys.stdout.flush()
            shown += len(new)
            if ended and not new:
                break
        score = self.score(self._status, self._output.decode(errors="replace"))
        if time.monotonic() - started > 1:
            print(f"   {self.name}: {score.passed} passed, {len(score.failed)} failed", flush=True)
        return score


# ---- How each kind of job is judged ----------------------------------------------------------------------------------

def score_of_host_tests(status, output):
    """From doctest's report. A run without its last line has crashed, and that is a failure too."""
    summary = re.search(r"test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed", output)
    names = [f"host: {name.strip()}" for name in dict.fromkeys(re.findall(r"TEST CASE:(.*)", output))]
    if not summary:
        return Score(0, ["host: the tests were not built, or ended before their report"])
    failed = int(summary[3])
    listed = (names + ["host: (see above)"] * failed)[:failed]
    if status != 0 and failed == 0:
        listed = [f"host: the tests ended with status {status}"]
    return Score(int(summary[2]), listed)


def scorer_of_pytest(name, results, filtered):
    """From pytest's XML report."""

    def score(status, _output):
        if status == 5:  # Nothing was selected.
            return Score() if filtered else Score(0, [f"{name}: no test was found"])
        if not results.exists():
            return Score(0, [f"{name}: pytest ended with status {status} before its report"])
        cases = list(xml.etree.ElementTree.parse(results).iter("testcase"))
        failed = [f"{name}: {case.get('classname', '').rpartition('.')[2]}.py::{case.get('name')}"
                  for case in cases if case.find("failure") is not None or case.find("error") is not None]
        skipped = sum(case.find("skipped") is not None for case in cases)
        if status != 0 and not failed:
            failed = [f"{name}: pytest ended with status {status}"]
        return Score(len(cases) - skipped - len([case for case in failed if "::" in case]), failed)

    return score


def scorer_of_last_line(name):
    """From a last line `N passed, M failed`."""

    def score(status, output):
        summary = re.search(r"(\d+) passed, (\d+) failed\s*$", output)
        if not summary:
            return Score(0, [f"{name}: ended with status {status} before its result"])
        failed = int(summary[2]) or (1 if status != 0 else 0)
        return Score(int(summary[1]), [f"{name}: (see above)"] * failed)

    return score


# ---- The suites ------------------------------------------------------------------------------------------------------

def build(architecture):
    """Builds both kernels for an architecture; shows the compiler's words. True when that worked."""
    print(f"\n== building {architecture}", flush=True)
    return all(subprocess.run(["make", f"-j{CPUS}", "--no-print-directory", f"ARCH={architecture}", *debug], cwd=ROOT,
                              env=environment(), stdin=subprocess.DEVNULL, check=False).returncode == 0
               for debug in ([], ["DEBUG=1"]))


def host_job(expression, **variables):
    words = [f"K={expression}"] if expression else []
    return Job("host tests", ["make", f"-j{CPUS}", "--no-print-directory", "host-test", *words], score_of_host_tests,
               **variables)


def qemu_job(architecture, expression):
    name = f"QEMU tests on {architecture}"
    results = LOGS / f"results-{architecture}.xml"
    results.unlink(missing_ok=True)
    selection = ["-k", expression] if expression else []
    color = ["--color=yes"] if sys.stdout.isatty() else []
    command = [sys.executable, "-m", "pytest", "test/qemu", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", *color,
               f"--junitxml={results}", f"--architectures={architecture}", *selection]
    return Job(name, command, scorer_of_pytest(f"qemu {architecture}", results, bool(expression)),
               PYTHONDONTWRITEBYTECODE="1")


def labs_jobs(architectures):
    """Each lab on one architecture: `make labs-check` does all. They edit and build trees of their own."""
    check = ROOT / "lab" / "check.py"
    if not check.exists():
        return []
    command = [sys.executable, str(check), "--rotate", "--architectures", " ".join(architectures)]
    return [Job("labs", command, scorer_of_last_line("labs"))]


def run_suites(suites, architectures, expression):
    total = Score()
    jobs = []
    if "qemu" in suites or "labs" in suites:
        built = {architecture: build(architecture) for architecture in architectures}
        total.failed += [f"{architecture}: the kernel does not build" for architecture in built if not built[architecture]]
        architectures = [architecture for architecture in built if built[architecture]]
    if "host" in suites:
        jobs.append(host_job(expression))
    if "qemu" in suites:
        jobs += [qemu_job(architecture, expression) for architecture in architectures]
    if "labs" in suites and not expression and architectures:
        jobs += labs_jobs(architectures)
    with ThreadPoolExecutor(min(CPUS, 4)) as pool:
        for job in jobs:
            pool.submit(job.run)
        for job in jobs:
            total.add(job.follow())
    return total


def soak(minutes, seed):
    """Rounds of random tests, each with a seed of its own that repeats it: `make soak MINUTES=0 SEED=n` is one round."""
    end = time.monotonic() + 60 * minutes
    total = Score()
    for architecture in ARCHITECTURES:
        if not build(architecture):
            return Score(0, [f"{architecture}: the kernel does not build"])
    while True:
        print(f"\n==== soak round with SEED={seed}", flush=True)
        jobs = [Job(f"random typing on {architecture}, seed {seed}",
                    [sys.executable, "test/qemu/soak.py", "--architecture", architecture, "--seed", str(seed)],
                    scorer_of_last_line(f"SEED={seed} {architecture}")) for architecture in ARCHITECTURES]
        jobs.append(host_job("", TRIVIUM_SEED=str(seed)))
        for job in jobs:
            worker = threading.Thread(target=job.run)
            worker.start()
            total.add(job.follow())
            worker.join()
        seed += 1
        if time.monotonic() >= end:
            return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architectures", default=" ".join(ARCHITECTURES))
    parser.add_argument("--filter", default="", help="only tests that this expression selects (pytest -k, doctest -tc)")
    parser.add_argument("--minutes", type=float, default=10, help="how long to soak")
    parser.add_argument("--seed", default="", help="the first seed of a soak")
    parser.add_argument("suites", nargs="+", choices=["host", "qemu", "labs", "soak"])
    arguments = parser.parse_args()
    started = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)

    if "soak" in arguments.suites:
        total = soak(arguments.minutes, int(arguments.seed or random.randrange(2**32)))
    else:
        total = run_suites(arguments.suites, arguments.architectures.split(), arguments.filter)
    if total.passed == 0 and not total.failed:
        if arguments.filter:
            print(f"\nNo test is selected by {arguments.filter!r}.")
        else:
            total.failed.append("no test was run")

    print(f"\n{time.monotonic() - started:.0f} s in all.")
    for name in total.failed:
        print(f"FAILED {name}")
    print(f"{total.passed} passed, {len(total.failed)} failed", flush=True)
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
