"""A fork is the process its launcher would have been."""

import os
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest
from warm import Ended, Warm, until

WAITS = "import time; print('begun', flush=True); time.sleep(60)"


def test_a_run_has_the_environment_of_its_launcher_and_nothing_else(warm: Warm) -> None:
    ended = warm.run("print(sorted(os.environ))", MINE="yes")
    assert ended.code == 0
    for name in ("'MINE'", "'PROBE'", "'TELLFIRST_WARM_SOCKET'"):
        assert name in ended.said
    assert "ONLY_OF_THE_PRELOADED" not in ended.said


def test_a_run_is_in_the_folder_of_its_launcher(warm: Warm, tmp_path: Path) -> None:
    assert warm.run("print(os.getcwd())", cwd=tmp_path).said == f"{tmp_path}\n"


def test_a_run_reads_and_writes_the_files_of_its_launcher(warm: Warm) -> None:
    ended = warm.run("import sys; print(input().upper()); print('woe', file=sys.stderr)", given="hello\n")
    assert ended == Ended(0, "HELLO\n", "woe\n")


def test_a_run_holds_no_files_of_the_preloaded_process_or_of_other_runs(warm: Warm) -> None:
    other = warm.start(WAITS)
    assert other.stdout is not None
    assert other.stdout.readline() == "begun\n"
    # 0, 1, 2, the connection to its launcher, and the listing itself.
    assert len(warm.run("print(*os.listdir('/proc/self/fd'))").said.split()) == 5
    other.kill()
    other.communicate()


@pytest.mark.parametrize(
    ("probe", "code"),
    [
        ("pass", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit(7)", 7),
        ("exit(3)", 3),
        ("raise SystemExit('a reason')", 1),
        ("raise ValueError('broken')", 1),
        ("os._exit(9)", 9),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("os.kill(os.getpid(), 15)", -signal.SIGTERM),
        ("os.abort()", -signal.SIGABRT),
    ],
)
def test_a_launcher_ends_as_its_run_ended(warm: Warm, probe: str, code: int) -> None:
    assert warm.run(probe).code == code


def test_what_a_run_died_of_is_shown(warm: Warm) -> None:
    assert "ValueError: broken" in warm.run("raise ValueError('broken')").complained


def test_what_was_to_be_done_at_the_end_is_done_and_threads_are_awaited(warm: Warm) -> None:
    late = "import time, threading, atexit; atexit.register(print, 'at exit');"
    late += "threading.Thread(target=lambda: (time.sleep(0.3), print('thread'))).start()"
    assert warm.run(late).said == "thread\nat exit\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_launcher_reaches_the_run(warm: Warm, number: signal.Signals) -> None:
    obeys = (
        f"import signal; signal.signal({number:d}, lambda *_: (print('asked to end', flush=True), exit(5)));"
    )
    started = warm.start(obeys + WAITS)
    assert started.stdout is not None
    assert started.stdout.readline() == "begun\n"
    started.send_signal(number)
    assert started.stdout.readline() == "asked to end\n"
    assert started.wait(10) == 5


def test_an_unprepared_run_dies_of_a_signal_as_any_process(warm: Warm) -> None:
    started = warm.start(WAITS)
    assert started.stdout is not None
    started.stdout.readline()
    started.terminate()
    assert started.wait(10) == -signal.SIGTERM


def test_a_run_does_not_outlive_its_killed_launcher(warm: Warm) -> None:
    started = warm.start("print(os.getpid(), flush=True);" + WAITS)
    assert started.stdout is not None
    pid = int(started.stdout.readline())
    started.kill()
    until(lambda: not psutil.pid_exists(pid))


def test_random_numbers_differ_from_run_to_run(warm: Warm) -> None:
    draws = {warm.run("import random; print(random.random())").said for _ in range(3)}
    assert len(draws) == 3


def test_a_run_has_a_world_of_its_own(warm: Warm, tmp_path: Path) -> None:
    probe = "from tellfirst.bootstrap import world; print(world().settings.home, world.cache_info().misses)"
    for name in ("one", "two"):
        assert warm.run(probe, TELLFIRST_HOME=str(tmp_path / name)).said == f"{tmp_path / name} 1\n"


def test_a_run_speaks_to_the_prefect_of_its_environment(warm: Warm) -> None:
    probe = "from prefect.settings import get_current_settings as now; print(now().api.url)"
    for port in (4711, 4712):
        url = f"http://127.0.0.1:{port}/api"
        assert warm.run(probe, PREFECT_API_URL=url).said == f"{url}\n"


def test_twenty_runs_at_once(warm: Warm) -> None:
    started = [warm.start(f"import time; time.sleep(0.5); exit({number})") for number in range(20)]
    assert [one.wait(60) for one in started] == list(range(20))


def test_a_launcher_that_says_nothing_keeps_nobody_waiting(warm: Warm) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        here = os.getcwd()
        os.chdir(warm.socket.parent)
        mute.connect(warm.socket.name)
        os.chdir(here)
        began = time.monotonic()
        assert warm.run("print('served')").said == "served\n"
        assert time.monotonic() - began < 5
