"""`python -I -S launcher.py`: what Prefect's worker starts for a run. It lasts as long as the run and ends like it.

Standard library only and no site packages, because it is started for every run: that is all it costs.
"""

import array
import json
import os
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

STOCK = ("-m", "prefect.engine")
"""What Prefect's process worker runs where no command is configured (`prefect.runner._starter_engine`, 3.8)."""
ANSWER_WITHIN = 10.0
"""Seconds until a preloaded process that does not answer counts as none."""
FORWARDED = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    """Let the run be forked, or become the stock command; never returns."""
    connection = _reach(os.environ.get("TELLFIRST_WARM_SOCKET", ""))
    pid = _hand_over(connection) if connection else 0
    if connection is None or not pid:
        _become_stock()

    def forward(number: int, _frame: FrameType | None) -> None:
        os.kill(pid, number)

    for number in FORWARDED:
        signal.signal(number, forward)
    connection.settimeout(None)
    # Only now it may begin. One that gave up before runs the stock command, and the fork ends without having begun.
    connection.sendall(b"go\n")
    _end_like(connection.makefile("r").readline().split())


def _reach(path: str) -> socket.socket | None:
    """By its name inside its folder: a whole path may be longer than the hundred signs an address has room for."""
    if not path:
        return None
    here = os.getcwd()
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(ANSWER_WITHIN)
    try:
        os.chdir(os.path.dirname(path))
        connection.connect(os.path.basename(path))
    except OSError:
        connection.close()
        return None
    finally:
        os.chdir(here)
    return connection


def _hand_over(connection: socket.socket) -> int:
    """The number of the process that will do the run; 0 when there is none."""
    asked = json.dumps({"environment": dict(os.environ), "folder": os.getcwd()}).encode()
    files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", (0, 1, 2)))]
    try:
        connection.sendmsg([len(asked).to_bytes(4, "big")], files)
        connection.sendall(asked)
        answer = connection.recv(32)
        return int(answer) if answer.endswith(b"\n") else 0
    except (OSError, ValueError):
        return 0
    finally:
        if sys.exc_info()[0]:
            connection.close()


def _end_like(told: list[str]) -> NoReturn:
    """With the same status, or by the same signal. A run of which nothing is known any more has crashed."""
    how, number = (told[0], int(told[1])) if len(told) == 2 else ("ended", 1)
    if how == "killed":
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(number)


def _become_stock() -> NoReturn:
    os.execv(sys.executable, [sys.executable, *STOCK])  # noqa: S606  # a command of our own, no shell


if __name__ == "__main__":
    main()
