"""Message files that are whole or not there, and that nobody overwrites."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tellfirst.domain.errors import SetupError

MOST = 1_000
"""Copies of one message; more would be a loop somewhere."""


class Folder:
    """Files named after what they hold: `delivery-7.eml`, and `delivery-7.2.eml` when it was sent twice."""

    def __init__(self, path: Path, ending: str) -> None:
        """Raises SetupError when the folder cannot be made."""
        self._path = path
        self._ending = ending
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        except OSError as fault:
            raise SetupError(f"the outbox {path} cannot be made: {fault.strerror}") from None

    def put(self, number: int, content: bytes, kind: str = "delivery") -> str:
        """The name of the file that now holds `content`. Raises OSError, and then there is no file."""
        draft = self._path / f".draft-{kind}-{number}-{os.getpid()}"
        try:
            # A draft of that name was left by a process that died; its number is ours now.
            draft.unlink(missing_ok=True)
            _write(draft, content)
            return self._publish(draft, number, kind)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def find(self, delivery_id: int) -> str:
        """The name of the first file of a delivery; empty when there is none. Raises OSError."""
        name = next(self._names(delivery_id))
        if (self._path / name).exists():
            return name
        # Absence is only proven by a folder that can be looked into.
        os.scandir(self._path).close()
        return ""

    def _publish(self, draft: Path, number: int, kind: str) -> str:
        """A link appears whole, and fails where a name is taken; a rename would replace silently."""
        for name in self._names(number, kind):
            with suppress(FileExistsError):
                os.link(draft, self._path / name)
                self._settle()
                return name
        raise FileExistsError(17, "too many copies")

    def _settle(self) -> None:
        """The name outlives a power cut. When that cannot be had, the file is there all the same."""
        with suppress(OSError):
            folder = os.open(self._path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _names(self, number: int, kind: str = "delivery") -> Iterator[str]:
        yield f"{kind}-{number}.{self._ending}"
        for copy in range(2, MOST + 1):
            yield f"{kind}-{number}.{copy}.{self._ending}"


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
