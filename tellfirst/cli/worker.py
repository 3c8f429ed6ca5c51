"""`tellfirst worker`."""

import os
import socket
from typing import Annotated

from cyclopts import Parameter

from tellfirst import installation
from tellfirst.bootstrap import world
from tellfirst.printing import out
from tellfirst.supervisor import Supervisor

STOP_WITHIN = 80.0
"""Seconds: what is in a call may end."""


def worker(
    *,
    name: Annotated[str, Parameter(help="Its name in Prefect, one for each.")] = socket.gethostname(),
) -> None:
    """Run one worker of a production installation, and the process its runs start warm from.

    Prefect's address and the rest of the environment are taken as they are. Ctrl-C stops both.
    """
    settings = world().settings
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.umask(0o077)
    under = os.environ | installation.warm(settings, name)
    running = Supervisor(settings, lambda text: out.print(text), under, STOP_WITHIN)
    try:
        running.start_worker(name)
        running.watch()
    finally:
        running.stop()
