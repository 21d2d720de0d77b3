#!/usr/bin/env python3
"""make labs-check: proves for each lab and architecture that the starter builds and fails its grade, and that the solution in
this tree gets full marks. With --rotate, the solutions alone, each on one architecture, in turn.

Ends with `N passed, M failed`, a lab on an architecture being one.
"""

import argparse
import os
import pathlib
import subprocess
import sys

import grading
import regions
import start

ARCHITECTURES = ["arm64", "x64", "rv64"]


def fault_of_starter(lab, architecture):
    """What is wrong with the starter: nothing, when it builds and yet fails every step's grade as a whole."""
    tree = pathlib.Path("build/labs") / lab.folder.name
    start.start(lab, pathlib.Path("."), tree)
    start.reuse_build(lab, pathlib.Path("."), tree, architecture)
    made = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "-C", tree, f"ARCH={architecture}", "kernel"], capture_output=True, text=True)
    if made.returncode:
        return f"the starter does not build:\n{made.stdout}{made.stderr}"
    graded = subprocess.run([sys.executable, "lab/grade.py", "--lab", str(lab.number), "--architectures", architecture],
                            cwd=tree, capture_output=True, text=True)
    if graded.returncode != 1 or "score: " not in graded.stdout:
        return f"the starter's grade should fail and say so; it ended with {graded.returncode}:\n{graded.stdout}{graded.stderr}"
    passed = [line for line in graded.stdout.splitlines() if line.startswith(f"{architecture:6} ok")]
    return f"these steps pass before they are done: {passed}" if len(passed) == len(lab.steps) else None


def fault_of_solution(lab, architecture):
    lines = []
    output = pathlib.Path("build/labs") / f"{lab.number}-{architecture}-results.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    full = grading.grade_and_report(lab, [architecture], output, lines.append)
    return None if full else "the solution does not get full marks:\n" + "\n".join(lines)


def fault_of_markers(lab):
    unmarked = [step for step, paths in regions.files_of(lab).items() if not paths]
    return f"no region in the tree for: {', '.join(unmarked)}" if unmarked else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rotate", action="store_true")
    parser.add_argument("--labs", default="", help="numbers; all when none is given")
    parser.add_argument("--architectures", default=" ".join(ARCHITECTURES))
    arguments = parser.parse_args()
    os.chdir(pathlib.Path(__file__).parent.parent)
    wanted = arguments.architectures.split()
    passed = failed = 0
    chosen = [int(number) for number in arguments.labs.split()]
    for lab in (lab for lab in regions.load_labs().values() if not chosen or lab.number in chosen):
        for architecture in [wanted[lab.number % len(wanted)]] if arguments.rotate else wanted:
            fault = fault_of_markers(lab) or fault_of_solution(lab, architecture)
            if not arguments.rotate:
                fault = fault or fault_of_starter(lab, architecture)
            print(f"lab {lab.number} {architecture:6} {'FAIL: ' + fault if fault else 'ok'}", flush=True)
            passed, failed = passed + (fault is None), failed + (fault is not None)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
