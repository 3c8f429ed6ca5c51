"""In a fork: to become the process that its launcher would have been, and to end as it would have ended."""

import atexit
import json
import os
import random
import runpy
import socket
import sys
import threading
import time
import traceback
import warnings
from typing import Any, NoReturn

from tellfirst import bootstrap, conductor
from tellfirst.warm_start.forking import tell

ENGINE = "prefect.engine"
ASKED_WITHIN = 10.0
"""Seconds a launcher has to say what it wants."""


def become(launcher: socket.socket, engine: str = ENGINE) -> NoReturn:
    """Do the run that the launcher asks for, and end. A launcher that has given up is not waited for."""
    try:
        launcher.settimeout(ASKED_WITHIN)
        _take_over(*_asked(launcher))
        launcher.sendall(f"{os.getpid()}\n".encode())
        begins = launcher.recv(3) == b"go\n"
        launcher.settimeout(None)
    except OSError:
        begins = False
    if not begins:
        os._exit(0)
    code = _run(engine)
    # Told here and not by the preloaded process alone, which may have died meanwhile.
    tell(launcher, code)
    os._exit(code)


def _asked(launcher: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, files, _, _ = socket.recv_fds(launcher, 4, 3)
    size = int.from_bytes(head, "big")
    body = b""
    while len(body) < size:
        part = launcher.recv(size - len(body))
        if not part:
            raise ConnectionResetError
        body += part
    return json.loads(body), files


def _take_over(asked: dict[str, Any], files: list[int]) -> None:
    """Environment, folder and open files; then forget what the preloaded process knew of its own."""
    for ours, theirs in enumerate(files):
        os.dup2(theirs, ours)
        os.close(theirs)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    time.tzset()
    random.seed()
    bootstrap.world.cache_clear()
    conductor.obey_environment()


def _run(engine: str) -> int:
    """What `python -m prefect.engine` does, to the end of its threads and of what was to be done at exit."""
    sys.argv = [engine]
    sys.path[0] = os.getcwd()
    try:
        with warnings.catch_warnings(), conductor.without_heartbeats():
            warnings.filterwarnings("ignore", message=f"'{engine}' found in sys.modules")
            runpy.run_module(engine, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ending:
        code = _status(ending.code)
    except BaseException:  # noqa: BLE001  # the edge of a process: shown as Python itself would
        traceback.print_exc()
        code = 1
    # As multiprocessing ends its forks. Python's own end would take all the imported modules to pieces.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)  # noqa: T201  # as Python does
    return 1
