#!/usr/bin/env python3
"""Makes the initrd: a cpio archive (newc) of programs and files, each of whose contents begins on a page boundary.

Pages of a program can then be used where they lie. The way there are zeros behind an entry's name, which the format
counts as part of it and every reader of it ignores. The same input gives the same bytes.
"""

import argparse
from pathlib import Path

PAGE = 4096
HEADER = 110
PROGRAM, FILE = 0o100755, 0o100644  # A regular file that can be executed, and one that cannot.


def entry(offset, number, name, mode, content):
    """One entry as it stands at `offset`: header, padded name, content."""
    encoded = name.encode() + b"\0"
    if content:
        encoded += b"\0" * (-(offset + HEADER + len(encoded)) % PAGE)
    # inode, mode, uid, gid, links, time, size, device (2), special device (2), name's size, checksum
    numbers = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
    header = b"070701" + b"".join(b"%08x" % value for value in numbers)
    start = header + encoded
    start += b"\0" * (-(offset + len(start)) % 4)
    return start + content + b"\0" * (-len(content) % 4)


def archive(members):
    """The whole archive of (name, mode, content), padded to whole pages."""
    data = b""
    for number, (name, mode, content) in enumerate(members, 1):
        data += entry(len(data), number, name, mode, content)
    data += entry(len(data), 0, "TRAILER!!!", 0, b"")
    return data + b"\0" * (-len(data) % PAGE)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--programs", type=Path, nargs="*", default=[], help="ELF files; an entry's name is its file's name")
    parser.add_argument("--files", type=Path, nargs="*", default=[], help="other files")
    parser.add_argument("--manifests", type=Path, nargs="*", default=[],
                        help="PROGRAM/manifest, what a program needs; the entry's name is PROGRAM.manifest")
    arguments = parser.parse_args()
    members = [(path.name, mode, path.read_bytes())
               for mode, paths in ((PROGRAM, arguments.programs), (FILE, arguments.files)) for path in paths]
    members += [(f"{path.parent.name}.manifest", FILE, path.read_bytes()) for path in arguments.manifests]
    members.sort()
    names = [name for name, _, _ in members]
    if repeated := {name for name in names if names.count(name) > 1}:
        parser.error(f"both a program and a file are called {', '.join(sorted(repeated))}: rename one of them")
    arguments.output.write_bytes(archive(members))


if __name__ == "__main__":
    main()
