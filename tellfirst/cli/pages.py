"""`tellfirst pages`: the status as files that stand on any web server."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from tellfirst.bootstrap import world
from tellfirst.domain.errors import RuleBroken
from tellfirst.printing import out, show_json
from tellfirst.publishing import exporting
from tellfirst.store.engine import reading

app = App(name="pages", help="The public status pages.")


@app.command
def export(
    folder: Annotated[
        Path | None, Parameter(help="Where; TELLFIRST_PAGES_FOLDER when it is left out.")
    ] = None,
    *,
    json: Annotated[bool, Parameter(help="Print for programs.")] = False,
) -> None:
    """Write the same pages and feeds in all languages as files, and put them in the place of the last ones at once.

    FOLDER becomes a link to the newest copy; serve it with any web server, best on another machine.
    """
    here = world()
    where = folder or here.settings.pages_folder
    if where is None:
        raise RuleBroken("no folder is named; give one, or set TELLFIRST_PAGES_FOLDER")
    now = here.clock.now()
    with reading(here.engine) as connection:
        copy = exporting.read(connection, now)
    count = exporting.export(here.press, copy, where)
    if json:
        show_json({"folder": str(where), "files": count, "exported_at": now})
    else:
        out.print(f"{count} files in {where}, as of {now:%Y-%m-%d %H:%M} UTC", markup=False, soft_wrap=True)
