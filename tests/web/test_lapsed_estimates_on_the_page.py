"""An estimate that has lapsed does not stand on the page, even while the word that withdraws it cannot leave."""

from datetime import datetime, timedelta

import hyderabad
from front import PUBLIC, TestClient
from hyderabad import FIRST, MINUTE, T0
from sqlalchemy import Connection, select

from tellfirst.bootstrap import World
from tellfirst.delivery.stopping import stop
from tellfirst.domain.delivery import StopEffect
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take, Wait
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.timelines.situation import next_step

SPOKE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
ESTIMATE = T0 + 25 * MINUTE
"""09:34 on the clock of Hyderabad."""


def story(connection: Connection) -> datetime:
    """Miyapur was told, and that it would be back in 25 minutes; then somebody stopped all sending."""
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    say(connection, FIRST, author="ravi", now=T0 + MINUTE, estimate_at=ESTIMATE)
    hyderabad.speak_next(connection, SPOKE, T0 + MINUTE)
    stop(
        connection, hyderabad.incident(connection).id, StopEffect.HOLD, "wrong text", "asha", T0 + 2 * MINUTE
    )
    return T0 + 2 * MINUTE


def _page(doors: TestClient, world: World, now: datetime) -> str:
    SteppedClock(world.engine).set(now)
    return doors.get(f"{PUBLIC}/").text


def test_until_its_moment_it_stands(doors: TestClient, world: World) -> None:
    page = _page(doors, world, ESTIMATE - timedelta(seconds=1))
    assert "We expect to fix this by 09:34 IST" in page


def test_from_its_moment_the_page_says_that_it_was_not_kept(doors: TestClient, world: World) -> None:
    with writing(world.engine) as connection:
        held_up = next_step(connection, FIRST, ESTIMATE, ESTIMATE)
        assert isinstance(held_up, Wait), "the overrun must not be able to leave in this test"
        assert connection.scalar(select(t.notice.c.occasion).where(t.notice.c.occasion == "overrun")) is None
    page = _page(doors, world, ESTIMATE)
    assert "We expect to fix this by" not in page
    assert "would be fixed by 09:34 IST. We cannot keep that time" in page
    assert "We do not have a new estimate yet" in page


def test_in_every_language_nothing_is_left_to_fill(doors: TestClient, world: World) -> None:
    SteppedClock(world.engine).set(ESTIMATE)
    for language in ("en", "te", "ms", "ur"):
        page = doors.get(f"{PUBLIC}/", headers={"accept-language": language})
        assert page.status_code == 200
        assert FIRST in page.text
