"""Which code a process has imported: a hash that changes when any of it is edited, or a package is installed."""

import os
import sysconfig
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tellfirst.settings import PROJECT

PACKAGES = ("flows", "tasks", "tellfirst")


def code_version(project: Path = PROJECT) -> str:
    """By name, size and time of change of every source file, some milliseconds for all of them."""
    seen = sha256(str(os.stat(sysconfig.get_path("purelib")).st_mtime_ns).encode())
    try:
        lines = sorted(line for package in PACKAGES for line in _files(project / package))
    except FileNotFoundError:
        # Taken away while we looked: at a version that no process has imported.
        return ""
    seen.update("".join(lines).encode())
    return seen.hexdigest()


def _files(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(Path(entry.path))
            elif entry.name.endswith(".py"):
                stat = entry.stat()
                yield f"{entry.path} {stat.st_size} {stat.st_mtime_ns}\n"
