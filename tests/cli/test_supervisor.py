"""What `tellfirst up` stands on, without Prefect: nothing starts by halves, and nothing is left running."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from tellfirst import conductor, supervisor
from tellfirst.bootstrap import World
from tellfirst.domain.errors import SetupError
from tellfirst.installation import Part
from tellfirst.settings import Settings
from tellfirst.supervisor import Supervisor, prepare

STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write("ready")
time.sleep(600)
"""
WITH_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''{stubborn}''', sys.argv[1]])
open(sys.argv[1] + ".pid", "w").write(str(child.pid))
time.sleep(600)
"""
QUICK = 1.0


@pytest.fixture
def said() -> list[str]:
    """What the operator is told."""
    return []


@pytest.fixture
def watched(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """A supervisor that is patient for a second only."""
    monkeypatch.setattr(supervisor, "STOP_WITHIN", QUICK)
    monkeypatch.setattr(supervisor, "READY_WITHIN", QUICK)
    running = Supervisor(Settings(home=tmp_path), said.append)
    yield running
    running.stop()


def part(script: str, ready: Path | None = None, name: str = "the part") -> Part:
    """Runs `script` with `ready` as its argument; ready once that file is there."""
    command = [sys.executable, "-c", script, *([str(ready)] if ready else [])]
    return Part(name, command, lambda: ready is None or ready.exists())


def alive(pid: int) -> bool:
    """A process that is neither gone nor only waiting to be counted."""
    seen = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(seen.stdout.strip()) and not seen.stdout.strip().startswith("Z")


def pids(running: Supervisor) -> list[int]:
    return [process.pid for _, process in running._running]


def test_a_part_that_ignores_the_signal_to_stop_is_stopped(watched: Supervisor, tmp_path: Path) -> None:
    watched._launch(part(STUBBORN, tmp_path / "ready"))
    [pid] = pids(watched)
    assert alive(pid)
    began = time.monotonic()
    watched.stop()
    assert QUICK <= time.monotonic() - began < QUICK + 1
    assert not alive(pid)


def test_several_stubborn_parts_share_one_patience(watched: Supervisor, tmp_path: Path) -> None:
    watched._launch(*(part(STUBBORN, tmp_path / name, name) for name in "abc"))
    began, stubborn = time.monotonic(), pids(watched)
    watched.stop()
    assert time.monotonic() - began < QUICK + 1
    assert [pid for pid in stubborn if alive(pid)] == []


def test_a_child_that_outlives_its_part_is_stopped_too(watched: Supervisor, tmp_path: Path) -> None:
    watched._launch(part(WITH_A_CHILD.format(stubborn=STUBBORN), tmp_path / "ready"))
    child = int((tmp_path / "ready.pid").read_text())
    assert alive(child)
    watched.stop()
    _until(lambda: not alive(child))


def test_parts_that_listen_are_stopped_at_once(watched: Supervisor) -> None:
    watched._launch(part("import time; time.sleep(600)"))
    began = time.monotonic()
    watched.stop()
    assert time.monotonic() - began < QUICK


def test_stopping_twice_stops_once(watched: Supervisor) -> None:
    watched._launch(part("import time; time.sleep(600)"))
    watched.stop()
    watched.stop()


def test_a_part_that_dies_is_reported_with_the_end_of_its_log(watched: Supervisor, tmp_path: Path) -> None:
    lines = "; ".join(f"print('line {number}', flush=True)" for number in range(9))
    watched._spawn(part(f"import sys; {lines}; sys.exit(3)", name="The Web"))
    _until(lambda: watched._running[0][1].poll() is not None)
    with pytest.raises(SetupError) as reported:
        watched.still_running()
    expected = " | ".join(f"line {number}" for number in range(4, 9))
    assert str(reported.value) == (
        f"The Web ended with status 3; its log {tmp_path / 'logs' / 'the-web.log'} ends with: {expected}"
    )


def test_a_part_the_others_can_do_without_is_started_again_and_that_is_said(
    watched: Supervisor, said: list[str], tmp_path: Path
) -> None:
    count = f"open({str(tmp_path / 'starts')!r}, 'a').write('.')"
    watched._spawn(replace(part(f"{count}; import time; time.sleep(600)"), is_vital=False))
    first = watched._running[0][1]
    _until(lambda: (tmp_path / "starts").exists())
    first.kill()
    _until(lambda: first.poll() is not None)
    watched.still_running()
    _until(lambda: (tmp_path / "starts").read_text() == "..")
    assert said == ["the part ended with status -9 and is started again"]


def test_nobody_waits_for_a_part_they_can_do_without(watched: Supervisor, tmp_path: Path) -> None:
    never = replace(part("import time; time.sleep(600)", tmp_path / "never"), is_vital=False)
    watched._launch(never, part(STUBBORN, tmp_path / "ready", "b"))
    assert len(watched._running) == 2


def test_one_that_fails_at_once_is_not_started_all_the_time(watched: Supervisor, tmp_path: Path) -> None:
    count = f"open({str(tmp_path / 'starts')!r}, 'a').write('.')"
    watched._spawn(replace(part(f"{count}; raise SystemExit(1)"), is_vital=False))
    until = time.monotonic() + 1
    while time.monotonic() < until:
        watched.still_running()
        time.sleep(0.05)
    assert (tmp_path / "starts").read_text() == ".."


def test_a_part_that_runs_is_nothing_to_report(watched: Supervisor) -> None:
    watched._launch(part("import time; time.sleep(600)"))
    watched.still_running()


def test_a_part_that_dies_while_it_is_awaited_is_not_awaited_to_the_end(
    watched: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match="ended with status 1"):
        watched._launch(part("raise SystemExit(1)", tmp_path / "never"))


def test_a_part_that_never_gets_ready_is_reported_and_stopped(watched: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="the part is not ready after 1 s"):
        watched._launch(part("import time; time.sleep(600)", tmp_path / "never"))
    [pid] = pids(watched)
    watched.stop()
    assert not alive(pid)


def test_each_part_is_named_when_it_is_ready(watched: Supervisor, said: list[str], tmp_path: Path) -> None:
    watched._launch(part("import time; time.sleep(600)", name="a"), part(STUBBORN, tmp_path / "ready", "b"))
    assert said == ["a is ready", "b is ready"]


def test_a_part_is_out_of_reach_of_the_terminals_own_signal(watched: Supervisor) -> None:
    watched._launch(part("import time; time.sleep(600)"))
    [pid] = pids(watched)
    assert os.getsid(pid) == pid != os.getsid(0)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask")
@pytest.mark.parametrize("name", ["prefect_port", "web_port", "carriers_port"])
def test_a_port_in_use_is_named_by_its_setting_and_nothing_is_started(
    tmp_path: Path, taken_port: int, name: str
) -> None:
    free = {"prefect_port": 0, "web_port": 0, "carriers_port": 0}
    settings = Settings(home=tmp_path / "home", **(free | {name: taken_port}))  # type: ignore[arg-type]  # ports
    before = dict(os.environ)
    with pytest.raises(SetupError, match=f"port {taken_port} is in use.* or set TELLFIRST_{name.upper()}"):
        prepare(World(settings))
    assert list(settings.home.iterdir()) == []
    assert dict(os.environ) == before


@pytest.fixture
def _shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A shell whose variables a test may change, and which speaks to somebody else's Prefect."""
    with monkeypatch.context() as shell:
        elsewhere = {"PREFECT_API_URL": "https://prefect.example/api", "PREFECT_API_KEY": "theirs"}
        shell.setattr(os, "environ", dict(os.environ) | elsewhere)
        conductor.obey_environment()
        yield
    conductor.obey_environment()


@pytest.mark.usefixtures("_umask", "_shell")
def test_what_is_prepared_is_private_and_speaks_to_its_own_prefect(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", prefect_port=0, web_port=0, carriers_port=0)
    prepare(World(settings))
    assert (settings.home / "tellfirst.db").stat().st_mode & 0o077 == 0
    assert settings.home.stat().st_mode & 0o777 == 0o700
    prefect = get_current_settings()
    assert (prefect.api.url, prefect.api.key) == ("http://127.0.0.1:0/api", None)
    assert (prefect.home, prefect.server.analytics_enabled) == (settings.home / "prefect", False)
    assert prefect.server.ephemeral.enabled is False


@pytest.mark.usefixtures("_umask", "_shell")
def test_with_carriers_of_ones_own_their_simulators_port_may_be_taken(
    tmp_path: Path, taken_port: int
) -> None:
    real = dict.fromkeys(("twilio_account_sid", "twilio_auth_token", "twilio_sender"), "real")
    real |= dict.fromkeys(("sendgrid_api_key", "sendgrid_sender", "sendgrid_receipt_key"), "real")
    ports = {"prefect_port": 0, "web_port": 0, "carriers_port": taken_port}
    prepare(World(Settings(home=tmp_path / "home", **ports, **real)))  # type: ignore[arg-type]  # by name


def test_a_mistake_in_a_text_stops_everything_before_anything_is_touched(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", templates=tmp_path / "nowhere")
    with pytest.raises(SetupError, match="nothing was started"):
        prepare(World(settings))
    assert not settings.home.exists()


def _until(done: object, within: float = 5) -> None:
    assert callable(done)
    ends = time.monotonic() + within
    while not done():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)
