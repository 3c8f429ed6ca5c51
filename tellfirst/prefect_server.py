"""`python -m tellfirst.prefect_server`: Prefect's own server as it stands a storm of runs on SQLite.

Two things of it are set from outside; docs/decisions/0022 has what was seen without them.

- A transaction asks for the write lock when it begins. One that reads first and then writes is refused at once when
  somebody else has written meanwhile, and the client that is told so waits two seconds before it asks again.
- Garbage is collected in a thread of its own. A refused statement leaves its cursor in a cycle. Met by the collector
  in the thread of the event loop, to close it waits for its connection, whose thread may wait a minute for the write
  lock, whose holder waits for the event loop: nothing moves. In another thread only that one waits.
"""

import gc
import itertools
import runpy
import sys
import threading
import time
from typing import Any

from sqlalchemy import Engine, event

MIDDLE_EVERY, OLD_EVERY = 10, 60
"""Seconds. The youngest garbage is looked for every second; what has become old is large and rarely garbage."""


def main() -> None:
    """`prefect server start` with the arguments given."""
    ask_for_the_lock_at_once()
    collect_in_a_thread()
    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


def ask_for_the_lock_at_once() -> None:
    """Every engine of this process begins its transactions as one that writes (sqlite.org/lang_transaction.html)."""
    event.listen(Engine, "before_cursor_execute", _as_a_writer, retval=True)


def _as_a_writer(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    return ("BEGIN IMMEDIATE" if statement == "BEGIN DEFERRED" else statement), parameters


def collect_in_a_thread() -> None:
    """From now on no other thread of this process stops to look for garbage."""
    gc.disable()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()


def _collect() -> None:
    for second in itertools.count(1):
        time.sleep(1)
        gc.collect(2 if second % OLD_EVERY == 0 else 1 if second % MIDDLE_EVERY == 0 else 0)


if __name__ == "__main__":
    main()
