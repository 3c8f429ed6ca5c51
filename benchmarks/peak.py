"""How much memory a process needs that does nothing but match: `python -m benchmarks.peak URL REFERENCE NOW`."""

import re
import resource
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from tellfirst.audience.matching import match
from tellfirst.store.engine import connect, writing

STATUS = Path("/proc/self/status")
PROJECT = Path(__file__).parents[1]


def peak_of_matching(engine: Engine, reference: str, now: datetime) -> float:
    """MiB, of a process of its own, at its highest."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "benchmarks.peak", url, reference, now.isoformat()]
    answer = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    return float(answer.stdout)


def highest_so_far() -> float:
    """MiB of this process.

    Not getrusage's ru_maxrss where there is a choice: Linux lets that one begin at the size of the process
    that started this one, and the seeded columns would be counted as memory of the match.
    """
    if STATUS.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB", STATUS.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(url: str, reference: str, now: str) -> None:
    engine = connect(url, pooled=False)
    with writing(engine) as connection:
        match(connection, reference, datetime.fromisoformat(now))
    sys.stdout.write(f"{highest_so_far():.1f}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
