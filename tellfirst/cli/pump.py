"""`tellfirst pump`."""

import signal
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Annotated

from cyclopts import Parameter

from tellfirst.bootstrap import world
from tellfirst.delivery import pumping
from tellfirst.printing import err


def pump(
    *,
    until_done: Annotated[bool, Parameter(help="End when nothing is open any more.")] = False,
) -> None:
    """Send what waits in the books, without Prefect: as many of these as you like may run at once.

    SIGTERM or Ctrl-C ends it after the window of messages in hand.
    """
    here, ending = world(), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ending.set())
    sender = replace(here.sender, is_ending=ending.is_set)

    def rest(span: timedelta) -> bool:
        return not ending.wait(span.total_seconds())

    pumping.run(replace(here.pump, sender=sender), rest, _say, until_done=until_done)


def _say(sentence: str) -> None:
    err.print(f"tellfirst pump: {sentence}", markup=False, soft_wrap=True)
