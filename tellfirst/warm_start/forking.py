"""The preloaded process: waits for launchers, forks for each, and tells each how its fork has died."""

import os
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

BACKLOG = 128
"""Launchers that may wait while one fork is made: a storm wakes many incidents at once."""
LOOKS_EVERY = 5.0
"""Seconds between two looks at the code while no launcher comes, so that a change costs no run its warm start."""
_SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)


@dataclass
class Forks:
    """One listener and the forks that are alive, each with the connection to its launcher.

    Nothing is read from a launcher here: one that hangs would keep the others waiting. Its fork reads.
    """

    listener: socket.socket
    is_current: Callable[[], bool]
    """Whether what was imported is still the code on disk."""
    alive: dict[int, socket.socket] = field(default_factory=dict)
    is_open: bool = True

    def serve(self) -> socket.socket | None:
        """In a fork: the connection to its launcher. In the preloaded process, at its end: None.

        It ends when it is asked to, or when the code has changed, and then only after the last of its forks.
        """
        alarm, self._bell = _wake_on(*_SIGNALS)
        signal.signal(signal.SIGTERM, self._close)
        signal.signal(signal.SIGINT, self._close)
        while self.is_open or self.alive:
            self._wait(alarm)
            self._bury()
            if self.is_open and not self.is_current():
                self._close()
            launcher = self._accept()
            if launcher is not None and self._fork(launcher) == 0:
                alarm.close()
                return launcher
        return None

    def _fork(self, launcher: socket.socket) -> int:
        # A signal that is for the fork must not meet our own answer to it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = os.fork()
        if pid:
            self.alive[pid] = launcher
        else:
            self._forget()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return pid

    def _forget(self) -> None:
        """In a fork: what is the preloaded process's alone."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for one in (self.listener, self._bell, *self.alive.values()):
            one.close()

    def _wait(self, alarm: socket.socket) -> None:
        """Until a launcher comes, a fork ends, a signal arrives or the code is to be looked at."""
        poll = select.poll()
        poll.register(alarm, select.POLLIN)
        if self.is_open:
            poll.register(self.listener, select.POLLIN)
        # No mask: only that it hangs up is of interest, what it says is for its fork.
        pids = {launcher.fileno(): pid for pid, launcher in self.alive.items() if launcher.fileno() >= 0}
        for number in pids:
            poll.register(number, 0)
        for number, _ in poll.poll(LOOKS_EVERY * 1000):
            if number == alarm.fileno():
                alarm.recv(512)
            elif number in pids:
                self._launcher_has_gone(pids[number])

    def _launcher_has_gone(self, pid: int) -> None:
        """Whoever kills a run kills its launcher: the run must not outlive it."""
        os.kill(pid, signal.SIGKILL)
        self.alive[pid].close()

    def _accept(self) -> socket.socket | None:
        if not self.is_open:
            return None
        try:
            launcher, _ = self.listener.accept()
        except BlockingIOError:
            return None
        launcher.setblocking(True)
        return launcher

    def _bury(self) -> None:
        while self.alive:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self.alive.pop(pid) as launcher:
                tell(launcher, os.waitstatus_to_exitcode(status))

    def _close(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Take no more: whoever comes now runs the stock command."""
        self.is_open = False
        self.listener.close()


def listen(path: Path) -> socket.socket:
    """A socket that only its owner can reach. What a dead process left at the path is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    # By its name inside its folder: see `launcher._reach`.
    os.chdir(path.parent)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path.name)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def tell(launcher: socket.socket, code: int) -> None:
    """How a fork has ended, as `subprocess` counts: below zero by a signal. A launcher that has gone is no matter."""
    how = f"ended {code}\n" if code >= 0 else f"killed {-code}\n"
    try:
        launcher.send(how.encode())
    except OSError:
        return


def _wake_on(*numbers: signal.Signals) -> tuple[socket.socket, socket.socket]:
    """The first becomes readable when one of the signals arrives, which alone would not end a wait (PEP 475)."""
    alarm, bell = socket.socketpair()
    alarm.setblocking(False)
    bell.setblocking(False)
    signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    for number in numbers:
        signal.signal(number, lambda _number, _frame: None)
    return alarm, bell
