#!/usr/bin/env python3
"""make grade LAB=4 [ARCH=…]: scores the tree that it is run in."""

import argparse
import sys

import grading
import regions


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", default="")
    parser.add_argument("--architectures", default="arm64 x64 rv64")
    arguments = parser.parse_args()
    labs = regions.load_labs()
    if not arguments.lab.isdecimal() or int(arguments.lab) not in labs:
        known = "\n".join(f"  LAB={lab.number}  {lab.title}" for lab in labs.values())
        sys.exit(f"Usage: make grade LAB=n [ARCH=…]\n{known}")
    passed = grading.grade_and_report(labs[int(arguments.lab)], arguments.architectures.split())
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
