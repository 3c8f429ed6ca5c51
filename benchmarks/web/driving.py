"""Runs the driver, and knows how fast it could be."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 600
"""Seconds a drive may take."""


@dataclass(frozen=True, slots=True)
class Driven:
    """What the driver saw. Times in milliseconds, from the moment a request was due."""

    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    statuses: dict[str, int]
    etags: dict[str, int]
    bytes: int

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def drive(
    folder: Path,
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    rate: float = 0.0,
    repeat: int = 1,
    meanwhile: Callable[[], None] = lambda: None,
) -> Driven:
    """`meanwhile` is called when everything is ready, directly before the first request. Raises SubprocessError."""
    config: dict[str, Any] = {
        "port": port,
        "requests": [one.decode("latin-1") for one in requests],
        "connections": connections,
        "rate": rate,
        "repeat": repeat,
    }
    file = folder / "drive.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.web.driver", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "ready\n":
                raise subprocess.SubprocessError("the driver did not get ready")
            meanwhile()
            told, _ = process.communicate("go\n", timeout=LONGEST)
        finally:
            process.kill()
    if process.returncode:
        raise subprocess.SubprocessError("the driver failed")
    return Driven(**json.loads(told))


@contextmanager
def stub() -> Iterator[int]:
    """A process that answers every packet with the same bytes: what loopback and the driver allow."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.carriers_stub"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def get(path: str, **headers: str) -> bytes:
    """A request as a browser's connection carries it."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n{lines}\r\n".encode()
