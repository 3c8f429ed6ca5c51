"""A preloaded process for tests: forks the same way, but runs what a test asks for instead of Prefect's engine."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tellfirst.settings import PROJECT

LAUNCHER = PROJECT / "tellfirst" / "warm_start" / "launcher.py"
PRELOADED = """
import os, sys
from pathlib import Path
from tellfirst.warm_start.becoming import become
from tellfirst.warm_start.forking import Forks, listen
path, version = Path(sys.argv[1]), Path(sys.argv[2])
imported = version.read_text()
inherited_folder = os.getcwd()
launcher = Forks(listen(path), is_current=lambda: version.read_text() == imported).serve()
if launcher is not None:
    become(launcher, engine="probe")
"""
PROBE = 'import os\nexec(os.environ["PROBE"])\n'
COLD = (
    'import sys\nprint("cold", *sys.argv[1:])\nimport os\nsys.exit(int(os.environ.get("COLD_STATUS", 0)))\n'
)


@dataclass(frozen=True)
class Warm:
    """`run` is what Prefect's worker does for a run: it starts the launcher."""

    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "warm" / "worker"

    @property
    def version(self) -> Path:
        return self.folder / "version"

    def preload(self) -> subprocess.Popen[bytes]:
        """Ready to fork. `probe` is the engine, and the stock command finds one that says that it is cold."""
        (self.folder / "probe.py").write_text(PROBE)
        (self.folder / "stock" / "prefect").mkdir(parents=True, exist_ok=True)
        (self.folder / "stock" / "prefect" / "__init__.py").touch()
        (self.folder / "stock" / "prefect" / "engine.py").write_text(COLD)
        self.version.write_text("1")
        python_path = os.pathsep.join((str(PROJECT), str(self.folder)))
        started = subprocess.Popen(
            [sys.executable, "-c", PRELOADED, str(self.socket), str(self.version)],
            env=os.environ | {"PYTHONPATH": python_path, "ONLY_OF_THE_PRELOADED": "1"},
        )
        until(self.socket.is_socket, 60)
        return started

    def start(self, probe: str, *, cwd: Path | None = None, **environment: str) -> subprocess.Popen[str]:
        """A launcher at work; `probe` is the run."""
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHER)],
            cwd=cwd or self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(self.folder / "stock"),
                "TELLFIRST_WARM_SOCKET": str(self.socket),
                "PROBE": probe,
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, probe: str, *, given: str = "", cwd: Path | None = None, **environment: str) -> "Ended":
        started = self.start(probe, cwd=cwd, **environment)
        said, complained = started.communicate(given, timeout=60)
        return Ended(started.returncode, said, complained)


@dataclass(frozen=True)
class Ended:
    """As `subprocess` counts: below zero by a signal."""

    code: int
    said: str
    complained: str


def until(holds: Callable[[], object], within: float = 10) -> None:
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)
