"""Initrds of a grade's own making: the tree's programs, changed or not, under any name, and files of any content."""

import contextlib
import pathlib
import subprocess
import sys
import tempfile

from machine import Failure


def programs(architecture):
    """Builds the tree's programs; {name: the file's content}."""
    made = subprocess.run(["make", "-s", f"ARCH={architecture}", "initrd"], capture_output=True, text=True)
    if made.returncode:
        raise Failure("programs that compile", (made.stdout + made.stderr)[-2000:])
    folder = pathlib.Path("build") / architecture / "user" / "initrd"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextlib.contextmanager
def initrd(executables, files=None):
    """The path of an initrd of these {name: content}; gone afterwards."""
    contents = {**executables, **(files or {})}
    with tempfile.TemporaryDirectory(prefix="trivium-initrd-") as folder:
        paths = {name: pathlib.Path(folder) / "content" / name for name in contents}
        (pathlib.Path(folder) / "content").mkdir()
        for name, path in paths.items():
            path.write_bytes(contents[name])
        image = pathlib.Path(folder) / "initrd.cpio"
        subprocess.run([sys.executable, "tools/initrd.py", "--output", image,
                        "--programs", *(paths[name] for name in executables),
                        "--files", *(paths[name] for name in files or {}),
                        "--manifests", *(path for path in pathlib.Path("user").glob("*/manifest") if path.parent.name in executables)],
                       check=True)
        yield image
