"""How fast notices leave, are recorded and are confirmed, beside what one would write instead.

    make bench-delivery            or  python -m benchmarks.delivery --quick --part texts

Everything runs on this machine: each contestant in a process of its own, the vendor and the web app in theirs.
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks import parts
from benchmarks.delivery import markdown, turns
from benchmarks.delivery.sizes import Sizes
from benchmarks.table import Outcome, Setting, conclude

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
    with tempfile.TemporaryDirectory(prefix="tellfirst-bench-") as folder:
        figures, loads = parts.run(turns.parts(sizes, Path(folder)), part)
    outcome = Outcome("delivery", setting, figures, {"load_before_after_seconds": loads})
    status = conclude(outcome, json)
    markdown.write(outcome, json)
    return status


if __name__ == "__main__":
    sys.exit(app())
