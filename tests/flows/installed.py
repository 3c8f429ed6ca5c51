"""A real installation for tests: the processes of `tellfirst up` in a home and on ports of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psutil

from tellfirst.bootstrap import World
from tellfirst.settings import PROJECT, Settings
from tellfirst.simulator.city import build_city, load_city
from tellfirst.store.migrate import migrate

CUSTOMERS = 1_500
READY_WITHIN = 150.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installed:
    """`world` looks at the same database from outside; `start` and `stop` are what a terminal would do."""

    home: Path
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {f"{name}_port": free_port() for name in ("prefect", "web", "carriers")}
        self.settings = Settings(home=self.home, **self.ports)  # type: ignore[arg-type]
        self.world = World(self.settings)
        self.home.mkdir(mode=0o700)
        migrate(self.world.engine)
        load_city(self.world.engine, build_city(7, CUSTOMERS))

    def environment(self) -> dict[str, str]:
        ours = {f"TELLFIRST_{name.upper()}": str(port) for name, port in self.ports.items()}
        return os.environ | ours | {"TELLFIRST_HOME": str(self.home), "TELLFIRST_CLOCK": "system"}

    def start(self) -> None:
        self.log = (self.home / "up.log").open("ab")
        self.up = subprocess.Popen(
            [sys.executable, "-m", "tellfirst", "up"],
            cwd=PROJECT,
            env=self.environment(),
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        wait_until(self._is_ready, READY_WITHIN, "the installation is ready")

    def stop(self) -> list[psutil.Process]:
        """One Ctrl-C; whatever of it is still alive afterwards."""
        family = psutil.Process(self.up.pid).children(recursive=True)
        self.up.send_signal(signal.SIGINT)
        self.up.wait(40)
        self.log.close()
        return psutil.wait_procs(family, timeout=5)[1]

    def tellfirst(self, *words: str) -> str:
        """A command as an engineer types it."""
        done = subprocess.run(
            [sys.executable, "-m", "tellfirst", *words],
            cwd=PROJECT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prefect(self, path: str, body: dict[str, Any]) -> Any:
        """The Prefect API, asked again on 503 as Prefect's own client does, and on silence: its SQLite was locked."""
        for _ in range(10):
            try:
                return self.post(f"{self.settings.prefect_url}/api{path}", body)
            except HTTPError as refused:
                if refused.code != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
            except (TimeoutError, URLError):
                pass
            time.sleep(1)
        raise AssertionError(f"Prefect's server stays unavailable for {path}")

    def alert(self, body: bytes) -> Any:
        url = f"{self.settings.web_url}/signals/alertmanager"
        token = {"Authorization": f"Bearer {self.world.signal_token}"}
        return self.post(url, json.loads(body), token)

    def accepted(self) -> list[int]:
        """Delivery numbers of everything the carriers have accepted, in their order."""
        rows: list[dict[str, Any]] = []
        for channel in ("sms", "email"):
            with urlopen(f"{self.settings.carriers_url}/truth/accepted?channel={channel}&since=0") as answer:
                rows += json.load(answer)
        return [int(row["reference"]) for row in sorted(rows, key=lambda row: row["at"])]

    @staticmethod
    def post(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        wanted = {"Content-Type": "application/json", **(headers or {})}
        with urlopen(Request(url, json.dumps(body).encode(), wanted), timeout=30) as answer:
            return json.load(answer)

    def _is_ready(self) -> bool:
        assert self.up.poll() is None, (self.home / "up.log").read_text()
        return "Ctrl-C stops all of it" in (self.home / "up.log").read_text().rpartition("stopping")[2]


def wait_until(holds: Callable[[], object], within: float, what: str) -> Any:
    """The first true value of `holds`. Fails and says `what` was waited for."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if value := holds():
            return value
        time.sleep(0.25)
    raise AssertionError(f"waited {within:.0f} s in vain until {what}")
