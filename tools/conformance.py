#!/usr/bin/env python3
"""make conformance: runs the tests that test/conformance.txt names, and prints its list with the result on each architecture.

A behaviour has passed on an architecture when each of its tests was found there and none of them failed; what no test was found
for is `missing`, and has not.
"""

import argparse
import os
import re
import subprocess
import sys
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "test" / "conformance.txt"
LOGS = ROOT / "build" / "test-logs"
HOST_TEST = ROOT / "build" / "host" / "host-test"
PROGRAMS = {"ipc": "test_ipc.py::test_case", "forgery": "test_ipc.py::test_forgery", "smp": "test_smp.py::test_case"}


@dataclass
class Behaviour:
    """A line of the list. Its tests are (function, case), where no case means all of them; of the host's, ("host", name)."""

    section: str
    name: str
    words: str
    tests: list


def parse_test(text):
    kind, _, rest = text.partition(":")
    if kind == "host":
        return "host", rest
    if kind in PROGRAMS:
        return PROGRAMS[kind], rest
    found = re.fullmatch(r"(test_\w+\.py::\w+)(?:\[([\w-]+)\])?", text)
    if not found:
        raise SystemExit(f"{LIST.name}: no test: {text!r}")
    return found[1], found[2]


def read_list():
    section, behaviours = "", []
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line and not line.startswith("#"):
            name, words, tests = (part.strip() for part in line.split("|"))
            # A comma may be within the name of a host test, but no blank follows it there.
            behaviours.append(Behaviour(section, name, words, [parse_test(test) for test in re.split(r",\s+", tests)]))
    return behaviours


# ---- Running -----------------------------------------------------------------------------------------------------------


def run(command, **options):
    """Its exit status; it takes no part in the jobs of a make that called us."""
    inherited = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"}
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False, **options)


def build(architectures):
    cpus = os.cpu_count() or 1
    commands = [["make", f"-j{cpus}", "--no-print-directory", f"ARCH={each}", "kernel", "initrd"] for each in architectures]
    commands.append(["make", f"-j{cpus}", "--no-print-directory", "host-test-build"])
    for command in commands:
        if run(command).returncode != 0:
            raise SystemExit(f"conformance: {' '.join(command)} failed")


def exists(function):
    """Whether there is such a test: one that there is not would keep pytest from the others."""
    file, _, name = function.partition("::")
    path = ROOT / "test" / "qemu" / file
    return path.exists() and f"def {name}(" in path.read_text(encoding="utf-8")


def case_of(identifier, architecture):
    """What is left of a parametrised test's id: without the architecture, and the number of CPUs."""
    return "-".join(word for word in identifier.split("-") if word != architecture and not word.isdigit())


def run_qemu_tests(architecture, functions):
    """Whether each test passed: by (function, case), a list."""
    results = LOGS / f"conformance-{architecture}.xml"
    LOGS.mkdir(parents=True, exist_ok=True)
    results.unlink(missing_ok=True)
    run([sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={results}",
         f"--architectures={architecture}", *(f"test/qemu/{each}" for each in functions)],
        stdout=(LOGS / f"conformance-{architecture}.log").open("wb"), stderr=subprocess.STDOUT)
    passed = {}
    if not results.exists():
        return passed
    for case in xml.etree.ElementTree.parse(results).iter("testcase"):
        function, _, identifier = case.get("name").rstrip("]").partition("[")
        key = f"{case.get('classname').rpartition('.')[2]}.py::{function}", case_of(identifier, architecture)
        passed.setdefault(key, []).append(not any(case.find(each) is not None for each in ["failure", "error", "skipped"]))
    return passed


def run_host_tests(name):
    """Whether all host tests whose names begin so passed, and there is one."""
    filtered = name.replace(",", "\\,") + "*"
    done = run([HOST_TEST, f"-tc={filtered}"], capture_output=True, text=True)
    summary = re.search(r"test cases:\s*(\d+) \|\s*(\d+) passed", done.stdout)
    return [done.returncode == 0] if summary and int(summary[1]) > 0 else []


# ---- Judging -----------------------------------------------------------------------------------------------------------


def judge(behaviour, results):
    """`passed`, `failed`, or `missing` when there is no such test."""
    outcomes = []
    for function, case in behaviour.tests:
        found = [each for key, passed in results.items() if key[0] == function and case in (None, key[1]) for each in passed]
        if not found:
            return "missing"
        outcomes += found
    return "passed" if all(outcomes) else "failed"


def show(behaviours, results, architectures):
    """Prints the list; returns how many behaviours have passed everywhere."""
    section, complete = "", 0
    for each in behaviours:
        if each.section != section:
            section = each.section
            print(f"\n{section}")
        outcomes = {name: judge(each, results[name]) for name in architectures}
        complete += set(outcomes.values()) == {"passed"}
        columns = "  ".join(f"{name} {outcome:7}" for name, outcome in outcomes.items())
        print(f"  {columns}  {each.name}: {each.words}")
    return complete


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architectures", default="arm64 x64 rv64")
    architectures = parser.parse_args().architectures.split()
    behaviours = read_list()
    build(architectures)
    tests = {test for each in behaviours for test in each.tests}
    functions = sorted({function for function, _case in tests if function != "host" and exists(function)})
    host = {test: run_host_tests(test[1]) for test in tests if test[0] == "host"}
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(architectures))) as pool:
        done = pool.map(lambda each: run_qemu_tests(each, functions), architectures)
        results = {name: {**passed, **host} for name, passed in zip(architectures, done)}
    complete = show(behaviours, results, architectures)
    failed = len(behaviours) - complete
    if failed:
        print(f"\nWhat the tests said: {LOGS.relative_to(ROOT)}/conformance-*.log")
    print(f"\nconformance: {complete} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
