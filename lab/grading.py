"""Scoring: runs the checks of a lab's steps on each architecture, and tells what was expected, what was seen and where to look.

A lab's grade.py holds one check per step, a function from an architecture to nothing that raises machine.Failure:

    @check("program the timer")
    def program_the_timer(architecture): ...
"""

import dataclasses
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys

import machine
import regions

CHECKS = {}


def check(step, later=()):
    """Registers the function below as the check of that step. `later` are steps whose stub may end the machine before the check
    is through: then what it has seen until then earns the points."""

    def register(function):
        def run(architecture):
            try:
                function(architecture)
            except machine.Failure as failure:
                if not any(re.search(unfinished(name), failure.seen) for name in later):
                    raise

        CHECKS[step] = run
        return run

    return register


def unfinished(step):
    """The panic of a step that is not done yet, for expect(): what comes before it may still earn its points."""
    return rf"KERNEL PANIC: lab \d+, {re.escape(step)}: .*README\.md\)\n"


@dataclasses.dataclass
class Result:
    step: regions.Step
    architecture: str
    passed: bool
    report: str


def build(architecture):
    """Builds the kernel; the compiler's own words when that fails, from the first error on."""
    made = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", f"ARCH={architecture}", "kernel"], capture_output=True, text=True)
    if made.returncode:
        lines = (made.stdout + made.stderr).splitlines()
        first = next((i for i, line in enumerate(lines) if "error" in line.lower()), 0)
        raise machine.Failure("a kernel that compiles", "\n".join(lines[first:first + 25]))


def load_checks(lab):
    CHECKS.clear()
    specification = importlib.util.spec_from_file_location(f"grade_lab_{lab.number}", lab.folder / "grade.py")
    specification.loader.exec_module(importlib.util.module_from_spec(specification))
    missing = {step.name for step in lab.steps} ^ CHECKS.keys()
    if missing:
        sys.exit(f"{lab.folder}: lab.toml and grade.py disagree about {', '.join(sorted(missing))}")


def run_step(step, architecture, look):
    try:
        CHECKS[step.name](architecture)
    except machine.Failure as failure:
        return Result(step, architecture, False,
                      f"expected: {failure.expected}\nseen:     {failure.seen}\nlook at:  {look}; {step.look}")
    return Result(step, architecture, True, "")


def files_to_look_at(lab, architecture):
    """For each step, the file in which it is to be written: this architecture's own, where it has one."""
    own = f"platform/{architecture}/"
    look = {}
    for step, paths in regions.files_of(lab).items():
        names = list(dict.fromkeys(str(path) for path in paths))  # One may hold several regions.
        shared = [name for name in names if not name.startswith("platform/") or name.startswith("platform/shared/")]
        look[step] = ", ".join([name for name in names if name.startswith(own)] or shared)
    return look


def grade(lab, architectures, say=print):
    """All results of a lab, step by step and architecture by architecture."""
    load_checks(lab)
    results = []
    for architecture in architectures:
        look = files_to_look_at(lab, architecture)
        try:
            build(architecture)
        except machine.Failure as failure:
            results += [Result(step, architecture, False, f"expected: {failure.expected}\nseen:     {failure.seen}")
                        for step in lab.steps]
            say(f"{architecture:6} does not compile:\n{failure.seen}")
            continue
        for step in lab.steps:
            result = run_step(step, architecture, look[step.name])
            results.append(result)
            say(f"{architecture:6} {'ok  ' if result.passed else 'FAIL'} {step.name}")
            if not result.passed:
                say("       " + result.report.replace("\n", "\n       "))
    return results


def points(result, architectures):
    return result.step.points / len(architectures)


def write_gradescope(path, results, architectures):
    """results.json in the format that Gradescope's autograder reads."""
    tests = [{
        "name": f"{result.step.name} ({result.architecture})",
        "score": round(points(result, architectures), 2) if result.passed else 0,
        "max_score": round(points(result, architectures), 2),
        "status": "passed" if result.passed else "failed",
        "output": result.report,
    } for result in results]
    score = sum(points(result, architectures) for result in results if result.passed)
    path.write_text(json.dumps({"score": round(score, 2), "tests": tests}, indent=2) + "\n")
    return score


def grade_and_report(lab, architectures, output=pathlib.Path("results.json"), say=print):
    """Grades, writes results.json, and returns whether full marks were reached."""
    say(f"Lab {lab.number}: {lab.title}")
    results = grade(lab, architectures, say)
    score = write_gradescope(output, results, architectures)
    full = sum(step.points for step in lab.steps)
    say(f"score: {score:g} of {full} points (written to {output})")
    return all(result.passed for result in results)
