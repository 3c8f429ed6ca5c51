"""How fast customers who write are answered while a notice is being sent, and how many can read the status page.

    make bench-web                 or  python -m benchmarks.web --quick

Real HTTP on loopback against `python -m tellfirst.web`; the web app, the pump that sends, the vendor it sends to and
the driver are processes of their own, and share the cores of this machine.
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks import parts
from benchmarks.delivery import markdown
from benchmarks.table import Outcome, Setting, conclude
from benchmarks.web import turns
from benchmarks.web.turns import SEED, Sizes

PACKAGES = ("sqlalchemy", "fastapi", "starlette", "uvicorn", "httptools", "uvloop", "twilio")

app = App(name="benchmarks.web", help=__doc__, result_action="return_value")


@app.default
def bench(
    *,
    quick: Annotated[bool, Parameter(help="Small sizes: to see that it runs.")] = False,
    part: Annotated[tuple[str, ...], Parameter(help="Only this one; may be repeated.")] = (),
    json: Annotated[Path | None, Parameter(help="Where the figures go.")] = None,
) -> int:
    """Print the table, write the JSON and the same as markdown beside it; 0 when every target is met, else 1."""
    command = "python -m benchmarks.web" + (" --quick" if quick else "")
    command += "".join(f" --part {one}" for one in part)
    setting = Setting.begin(command, SEED, PACKAGES)
    with tempfile.TemporaryDirectory(prefix="tellfirst-bench-") as folder:
        figures, loads = parts.run(turns.parts(Sizes.quick() if quick else Sizes(), Path(folder)), part)
    outcome = Outcome("web", setting, figures, {"load_before_after_seconds": loads})
    status = conclude(outcome, json)
    markdown.write(outcome, json)
    return status


if __name__ == "__main__":
    sys.exit(app())
