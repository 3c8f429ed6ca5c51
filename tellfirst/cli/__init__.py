"""`tellfirst`: everything an ops engineer does from a terminal."""

import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from cyclopts import App, CycloptsError
from sqlalchemy.exc import SQLAlchemyError

from tellfirst.cli import (
    carriers,
    check,
    city,
    customer,
    demo,
    doctor,
    import_,
    incident,
    migrate,
    preview,
    prove,
    pump,
    reconcile,
    stopping,
    up,
    why,
)
from tellfirst.domain.errors import TellFirstError
from tellfirst.printing import err
from tellfirst.store.faults import OTHER, fault_of

app = App(
    name="tellfirst",
    help="Tells the customers an outage hurts before they have to ask, and keeps every word it gives.",
    version="0.1.0",
)
app.command(up.up)
app.command(demo.demo)
app.command(check.check)
app.command(carriers.app)
app.command(city.city)
app.command(doctor.doctor)
app.command(migrate.migrate)
app.command(incident.app)
app.command(customer.app)
app.command(why.why)
app.command(preview.preview)
app.command(import_.app)
app.command(stopping.stop)
app.command(stopping.go)
app.command(reconcile.reconcile)
app.command(pump.pump)
app.command(prove.prove)


def main(words: Sequence[str] | None = None) -> None:
    """Exit 0 when what was asked holds, 1 when it does not, 2 for a wrong command line."""
    os.umask(0o077)  # Whatever a command leaves behind is its owner's alone.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        status = app(sys.argv[1:] if words is None else words, print_error=True, exit_on_error=False)
    except CycloptsError:
        sys.exit(2)
    except TellFirstError as wrong:
        _fail(str(wrong))
    except SQLAlchemyError as failure:
        # Its own text holds the statement with its values, which may be a customer's.
        word, cure = fault_of(failure)
        named = type(failure).__name__ if (word, cure) == OTHER else word
        _fail(f"the database cannot be used ({named}); {cure}")
    sys.exit(status if isinstance(status, int) else 0)


def _fail(sentence: str) -> NoReturn:
    err.print(f"tellfirst: {sentence}", markup=False, soft_wrap=True)
    sys.exit(1)
