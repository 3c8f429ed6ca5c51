"""`tellfirst`: everything an ops engineer does from a terminal."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from cyclopts import App, CycloptsError
from sqlalchemy.exc import SQLAlchemyError

from tellfirst import logs
from tellfirst.bootstrap import world
from tellfirst.cli import (
    account,
    approving,
    audit,
    carriers,
    check,
    city,
    compensation,
    contact,
    customer,
    deadlines,
    demo,
    doctor,
    doors,
    erase,
    evidence,
    import_,
    incident,
    migrate,
    pages,
    preview,
    promises,
    prove,
    pump,
    reconcile,
    replay,
    sources,
    staff,
    stopping,
    surveys,
    up,
    why,
    work,
    worker,
)
from tellfirst.domain.errors import TellFirstError
from tellfirst.examining import lacking
from tellfirst.printing import err
from tellfirst.store.faults import OTHER, UNREADABLE, fault_of

app = App(
    name="tellfirst",
    help="Tells the customers an outage hurts before they have to ask, and keeps every word it gives.",
    version="0.1.0",
)
app.command(up.up)
app.command(worker.worker)
app.command(account.app)
app.command(audit.audit)
app.command(demo.demo)
app.command(check.check)
app.command(carriers.app)
app.command(city.city)
app.command(doctor.doctor)
app.command(migrate.migrate)
app.command(incident.app)
app.command(approving.approvals)
app.command(contact.app)
app.command(customer.app)
app.command(pages.app)
app.command(deadlines.deadlines)
app.command(deadlines.packs)
app.command(compensation.compensation)
app.command(promises.promises)
app.command(why.why)
app.command(preview.preview)
app.command(evidence.evidence)
app.command(erase.erase)
app.command(import_.app)
app.command(stopping.stop)
app.command(stopping.go)
app.command(reconcile.reconcile)
app.command(staff.escalations)
app.command(staff.roles)
app.command(pump.pump)
app.command(prove.prove)
app.command(work.app)
app.command(sources.sources)
app.command(doors.doors)
app.command(replay.replay)
app.command(surveys.surveys)


def main(words: Sequence[str] | None = None) -> None:
    """Exit 0 when what was asked holds, 1 when it does not, 2 for a wrong command line."""
    os.umask(0o077)  # Whatever a command leaves behind is its owner's alone.
    logs.begin()
    try:
        status = app(sys.argv[1:] if words is None else words, print_error=True, exit_on_error=False)
    except CycloptsError:
        sys.exit(2)
    except TellFirstError as wrong:
        _fail(str(wrong))
    except SQLAlchemyError as failure:
        _fail(_about_the_database(failure))
    except OSError as failure:
        if failure.filename is None:
            raise
        _fail(
            f"{failure.filename} cannot be used: {failure.strerror}; name another, or look at its permissions"
        )
    sys.exit(status if isinstance(status, int) else 0)


def _about_the_database(failure: SQLAlchemyError) -> str:
    """Not its own text: that holds the statement with its values, which may be a customer's."""
    fault = fault_of(failure)
    if fault in (OTHER, UNREADABLE):
        with suppress(SQLAlchemyError, TellFirstError):
            if lacks := lacking(world()):
                return f"the database {lacks}"
    word = type(failure).__name__ if fault == OTHER else fault.word
    return f"the database cannot be used ({word}); {fault.cure}"


def _fail(sentence: str) -> NoReturn:
    err.print(f"tellfirst: {sentence}", markup=False, soft_wrap=True)
    sys.exit(1)
