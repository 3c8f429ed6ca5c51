"""`tellfirst up`: starts every part, waits until each is ready, and stops all of them together."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from tellfirst import conductor, installation
from tellfirst.bootstrap import World
from tellfirst.checking import check_everything
from tellfirst.domain.errors import SetupError
from tellfirst.installation import POOL, Part
from tellfirst.settings import PROJECT, Settings
from tellfirst.store.migrate import migrate

READY_WITHIN = 120.0
"""Seconds. A first start on a busy machine runs Prefect's migrations for half a minute."""
AGAIN_AFTER = 10.0
"""Seconds between two starts of a part that the others can do without."""
STOP_WITHIN = 8.0
"""Seconds from SIGTERM to SIGKILL: a worker whose server went away can ignore the first for minutes."""
Say = Callable[[str], None]


@contextmanager
def installation_up(world: World, say: Say) -> Iterator["Supervisor"]:
    """A running installation, prepared before. Raises SetupError, leaving nothing running, when a part fails."""
    running = Supervisor(world.settings, say)
    try:
        running.start(world)
        yield running
    finally:
        running.stop()


def prepare(world: World) -> None:
    """Everything that must be so before a process starts: private files, free ports, a current database.

    Raises SetupError, with every mistake in configuration and texts, before anything is touched.
    """
    check_everything(world.settings)
    os.umask(0o077)
    world.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    world.settings.home.chmod(0o700)
    ports_are_free(world.settings, simulated=world.simulated)
    installation.lay_out_certificates(world.settings)
    migrate(world.engine)
    ours = installation.environment(world.settings)
    os.environ.clear()
    os.environ.update(ours)
    conductor.obey_environment()


class Supervisor:
    """The processes of one installation, each in a session of its own so that one Ctrl-C reaches us alone."""

    def __init__(
        self,
        settings: Settings,
        say: Say,
        environment: Mapping[str, str] | None = None,
        stop_within: float | None = None,
    ) -> None:
        """`environment` is what the parts run under, the embedded installation's if not given."""
        self._settings = settings
        self._say = say
        self._environment = installation.environment(settings) if environment is None else dict(environment)
        self._stop_within = stop_within
        self._running: list[tuple[Part, subprocess.Popen[bytes]]] = []
        self._again_at: dict[str, float] = {}
        self._logs = settings.home.resolve() / "logs"
        self._logs.mkdir(exist_ok=True)

    def start(self, world: World) -> None:
        """Server first, since all others register with it; what needs no server starts meanwhile."""
        beside = [installation.web(self._settings), installation.warm_start(self._settings)]
        if world.simulated:
            beside.append(installation.carriers(world))
        self._launch(installation.server(self._settings), *beside)
        conductor.prepare_pool(POOL, self._settings.worker_limit)
        conductor.prepare_limits(world.fleet.channels)
        conductor.bury_dead_ticks()
        self._deploy()
        self._launch(installation.worker(conductor.worker_is_online))

    def start_worker(self, name: str) -> None:
        """One worker and the process its runs are forked from; server and database are elsewhere."""
        self._launch(installation.warm_start(self._settings, name))
        self._launch(installation.worker(lambda _pool: True, name))

    def watch(self) -> None:
        """Until a signal asks to stop. Raises SetupError when a part ends by itself."""
        asked = False

        def ask(_number: int, _frame: FrameType | None) -> None:
            nonlocal asked
            asked = True

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, ask)
        while not asked:
            self.still_running()
            time.sleep(0.5)

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to whatever is left, children included."""
        self._say("stopping")
        for _, process in reversed(self._running):
            _signal_group(process, signal.SIGTERM)
        until = time.monotonic() + (self._stop_within or STOP_WITHIN)
        for _, process in self._running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
        for _, process in self._running:
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _launch(self, *parts: Part) -> None:
        """Start parts side by side and wait until each that is vital is ready."""
        for part in parts:
            self._spawn(part)
        self._await_ready(list(parts))

    def _spawn(self, part: Part) -> None:
        with self._log(part.name).open("ab") as log:
            process = subprocess.Popen(
                part.command,
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append((part, process))

    def _await_ready(self, waiting: list[Part]) -> None:
        until = time.monotonic() + READY_WITHIN
        while any(part.is_vital for part in waiting):
            self.still_running()
            for part in [one for one in waiting if one.is_ready()]:
                waiting.remove(part)
                self._say(f"{part.name} is ready  {part.address}".rstrip())
            if late := [part for part in waiting if part.is_vital and time.monotonic() > until]:
                raise SetupError(
                    f"{late[0].name} is not ready after {READY_WITHIN:.0f} s; {self._tail(late[0])}"
                )
            time.sleep(0.2)

    def _deploy(self) -> None:
        done = subprocess.run(
            installation.deploy(), cwd=PROJECT, env=self._environment, capture_output=True, check=False
        )
        self._log("deploy").write_bytes(done.stdout + done.stderr)
        if done.returncode:
            raise SetupError(f"the flows of prefect.yaml could not be deployed; see {self._log('deploy')}")
        self._say("flows are deployed")

    def still_running(self) -> None:
        """Raises SetupError, with the end of its log, when a vital part has ended; any other is started again."""
        for part, process in list(self._running):
            if process.poll() is None:
                continue
            if part.is_vital:
                raise SetupError(f"{part.name} ended with status {process.returncode}; {self._tail(part)}")
            self._again(part, process)

    def _again(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        """Not more often than it can be of use: one that fails at once would only take the others' processor."""
        if time.monotonic() < self._again_at.get(part.name, 0.0):
            return
        self._again_at[part.name] = time.monotonic() + AGAIN_AFTER
        self._say(f"{part.name} ended with status {process.returncode} and is started again")
        self._running.remove((part, process))
        self._spawn(part)

    def _tail(self, part: Part) -> str:
        path = self._log(part.name)
        lines = path.read_text(errors="replace").splitlines()[-5:] if path.exists() else []
        return f"its log {path} ends with: " + " | ".join(lines)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name.lower().replace(' ', '-')}.log"


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def ports_are_free(settings: Settings, *, simulated: bool) -> None:
    """Raises SetupError that names the port in use and the setting to change."""
    wanted = {"TELLFIRST_PREFECT_PORT": settings.prefect_port, "TELLFIRST_WEB_PORT": settings.web_port}
    if simulated:
        wanted["TELLFIRST_CARRIERS_PORT"] = settings.carriers_port
    for name, port in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SetupError(
                    f"port {port} is in use; stop what uses it, or set {name} to a free one"
                ) from None
