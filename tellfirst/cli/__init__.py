"""`tellfirst`: everything an ops engineer does from a terminal."""

import logging
import sys

from cyclopts import App, CycloptsError

from tellfirst.cli import check, customer, demo, doctor, incident, up
from tellfirst.domain.errors import TellFirstError
from tellfirst.printing import err

app = App(
    name="tellfirst",
    help="Tells the customers an outage hurts before they have to ask, and keeps every word it gives.",
    version="0.1.0",
)
app.command(up.up)
app.command(demo.demo)
app.command(check.check)
app.command(doctor.doctor)
app.command(incident.app)
app.command(customer.app)


def main() -> None:
    """Exit 0 when what was asked holds, 1 when it does not, 2 for a wrong command line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        status = app(print_error=True, exit_on_error=False)
    except CycloptsError:
        sys.exit(2)
    except TellFirstError as wrong:
        err.print(f"tellfirst: {wrong}", markup=False, soft_wrap=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
