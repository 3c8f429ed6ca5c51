"""How fast notices leave, are recorded and are confirmed, beside what one would write instead.

    make bench-delivery            or  python -m benchmarks.delivery --quick --part texts

Everything runs on this machine: each contestant in a process of its own, the vendor and the web app in theirs.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks.delivery import markdown, turns
from benchmarks.delivery.sizes import Sizes
from benchmarks.table import Figure, Outcome, Setting, conclude
from tellfirst.printing import out

PACKAGES = ("sqlalchemy", "psycopg", "aiohttp", "twilio", "sendgrid", "prefect", "uvicorn")
SEED = 20261122
"""Nothing is drawn; the customers are numbered."""

app = App(name="benchmarks.delivery", help=__doc__, result_action="return_value")


@app.default
def bench(
    *,
    quick: Annotated[bool, Parameter(help="Small sizes, one round: to see that it runs.")] = False,
    scale: Annotated[float, Parameter(help="Times as many customers in the two largest runs.")] = 1.0,
    part: Annotated[tuple[str, ...], Parameter(help="Only this one; may be repeated.")] = (),
    json: Annotated[Path | None, Parameter(help="Where the figures go.")] = None,
) -> int:
    """Print the table, write the JSON and the same as markdown beside it; 0 when every target is met, else 1."""
    command = "python -m benchmarks.delivery" + (" --quick" if quick else "")
    command += (f" --scale {scale:g}" if scale != 1 else "") + "".join(f" --part {one}" for one in part)
    setting = Setting.begin(command, SEED, PACKAGES)
    sizes = (Sizes.quick() if quick else Sizes()).scaled(scale)
    figures: list[Figure] = []
    loads: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="tellfirst-bench-") as folder:
        known = turns.parts(sizes, Path(folder))
        if unknown := set(part) - set(known):
            raise SystemExit(f"there is no part {', '.join(unknown)}; there are {', '.join(known)}")
        for name in part or known:
            began, before = time.monotonic(), os.getloadavg()[0]
            figures += known[name]()
            loads[name] = [round(one, 2) for one in (before, os.getloadavg()[0], time.monotonic() - began)]
            out.print(f"{name}: {loads[name][2]:.0f} s, load {before:.1f} to {loads[name][1]:.1f}")
    outcome = Outcome("delivery", setting, tuple(figures), {"load_before_after_seconds": loads})
    status = conclude(outcome, json)
    markdown.write(outcome, json)
    return status


if __name__ == "__main__":
    sys.exit(app())
