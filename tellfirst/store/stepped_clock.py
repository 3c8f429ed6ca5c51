"""A clock that stands still until someone moves it; it lives in the database so that all processes agree."""

from datetime import datetime

from sqlalchemy import Engine, select, update

from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.times import utc
from tellfirst.store.engine import connect, reading, writing
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import stepped_clock


class SteppedClock:
    """The clock of scenarios and stories."""

    def __init__(self, engine: Engine) -> None:
        # Connections of its own: whoever asks for the time in a transaction holds one of the engine's already,
        # and would wait for a second one that others hold while they wait for that transaction.
        self._engine = connect(engine.url.render_as_string(hide_password=False), pooled=False)

    def now(self) -> datetime:
        """Raises SetupError when no scenario has set it."""
        with reading(self._engine) as connection:
            moment: datetime | None = connection.scalar(select(stepped_clock.c.now_at))
        if moment is None:
            raise SetupError("the stepped clock has not been set; play a scenario, or unset TELLFIRST_CLOCK")
        return moment

    def set(self, moment: datetime) -> None:
        """Start the story at `moment`."""
        row = insert_into(self._engine, stepped_clock).values(id=1, now_at=utc(moment))
        with writing(self._engine) as connection:
            connection.execute(
                row.on_conflict_do_update(index_elements=["id"], set_={"now_at": row.excluded.now_at})
            )

    def step_to(self, moment: datetime) -> None:
        """Go on to `moment`. Raises RuleBroken for a step back: time does not."""
        moved = update(stepped_clock).where(stepped_clock.c.now_at <= utc(moment)).values(now_at=utc(moment))
        with writing(self._engine) as connection:
            if connection.execute(moved).rowcount != 1:
                raise RuleBroken(f"the stepped clock cannot go back to {moment.isoformat()}")
