"""`tellfirst migrate`."""

from tellfirst.bootstrap import world
from tellfirst.printing import out
from tellfirst.store.migrate import migrate as bring_to_head


def migrate() -> None:
    """Bring the database to the current version; `up` does it by itself."""
    here = world()
    if not here.settings.database_url:
        here.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    bring_to_head(here.engine)
    out.print("the database is at the current version")
