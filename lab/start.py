#!/usr/bin/env python3
"""make lab-start LAB=4 TO=dir: writes a tree to work in, whose regions of that lab are stubs.

Files that are already as they should be are left alone, so that doing it again rebuilds only what changed.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import sys

import regions


def write_if_different(path, data, mode, times):
    """A new file gets the times of the one it is a copy of, so that objects that are copied, too, need not be made again."""
    times = None if path.exists() else times
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    if times:
        os.utime(path, ns=times)


def start(lab, source, target):
    """Makes `target` the starting point of `lab`."""
    names = regions.tracked_files(source)
    for stale in set(regions.tracked_files(target)) - set(names):
        (target / stale).unlink()
    for name in names:
        origin = source / name
        data, times = origin.read_bytes(), (origin.stat().st_atime_ns, origin.stat().st_mtime_ns)
        if name.suffix in regions.SUFFIXES:
            text = data.decode()
            stubbed = regions.with_stubs(text, lab, name)
            if stubbed != text:
                data, times = stubbed.encode(), None
        write_if_different(target / name, data, origin.stat().st_mode & 0o777, times)


def reuse_build(lab, source, target, architecture):
    """Gives the new tree the objects of this one, so that only what differs is compiled: what holds the solution is out of date."""
    for kind in (architecture, "host") if lab.host else (architecture,):
        built = source / "build" / kind
        if built.exists() and not (target / "build" / kind).exists():
            shutil.copytree(built, target / "build" / kind, symlinks=True, copy_function=shutil.copy2)
            for path in {path for paths in regions.files_of(lab, source).values() for path in paths}:
                (target / path).touch()
    third_party = target / "build" / "third-party"
    if not third_party.exists() and (source / "build" / "third-party").exists():
        third_party.parent.mkdir(parents=True, exist_ok=True)
        third_party.symlink_to((source / "build" / "third-party").resolve())


def fault_of_target(target):
    """Why a tree cannot be started there, or None."""
    if target.resolve().is_relative_to(pathlib.Path.cwd()):
        return "this is inside of the tree that is copied: name a directory elsewhere"
    if target.exists() and not target.is_dir():
        return "this is a file: name a new directory"
    if target.exists() and any(target.iterdir()):
        return "this is not empty: name a new directory, or remove it first"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", default="")
    parser.add_argument("--to", default="")
    arguments = parser.parse_args()
    labs = regions.load_labs()
    if not arguments.to or not arguments.lab.isdecimal() or int(arguments.lab) not in labs:
        known = "\n".join(f"  LAB={lab.number}  {lab.title}" for lab in labs.values())
        sys.exit(f"Usage: make lab-start LAB=n TO=directory\n{known}")
    lab, target = labs[int(arguments.lab)], pathlib.Path(arguments.to).expanduser()
    if fault := fault_of_target(target):
        sys.exit(f"TO={arguments.to}: {fault}")
    try:
        start(lab, pathlib.Path("."), target)
        for architecture in ("arm64", "x64", "rv64"):
            reuse_build(lab, pathlib.Path("."), target, architecture)
    except OSError as error:
        sys.exit(f"TO={arguments.to}: {error.strerror}: {error.filename}")
    print(f"Lab {lab.number}, {lab.title}: your tree is {target}. To be written:")
    for step, paths in regions.files_of(lab).items():
        print(f"  {step}: " + ", ".join(str(path) for path in paths))
    print(f"Read {target}/lab/{lab.folder.name}/README.md, and grade yourself with:\n"
          f"  cd {shlex.quote(str(target))} && make grade LAB={lab.number}")


if __name__ == "__main__":
    main()
