"""Speaking for one incident at the same moment: one speaks, the other waits and sees what was said."""

from concurrent.futures import ThreadPoolExecutor

import town
from sqlalchemy import Engine
from waiting import until_it_waits

from tellfirst.domain.audience import Whom
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.speaking import House, Spoken, Voice, speak
from tellfirst.notices.telling import tell_first
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

VOICE = Voice(House("Deccan Mobile", "198", "https://t.example"), lambda _: "1", town.T0, town.T0)


def test_whoever_tells_first_at_the_same_moment_waits_and_has_nothing_to_add(matched: Engine) -> None:
    def tell() -> Spoken | None:
        with writing(matched) as connection:
            return tell_first(connection, town.REFERENCE, VOICE)

    with ThreadPoolExecutor(1) as threads:
        with writing(matched) as connection:
            first = tell_first(connection, town.REFERENCE, VOICE)
            other = threads.submit(tell)
            until_it_waits(matched, other)
        assert first is not None
        assert other.result(10) is None
    with reading(matched) as connection:
        assert town.rows(connection, t.notice, "sequence", "occasion") == [(1, Occasion.FIRST_WORD)]


def test_a_word_at_the_same_moment_as_another_waits_and_is_the_next(matched: Engine) -> None:
    def update() -> Spoken | None:
        with writing(matched) as connection:
            return speak(connection, town.REFERENCE, Occasion.UPDATE, Whom.WAITING, "engineers_spoke", VOICE)

    with ThreadPoolExecutor(1) as threads:
        with writing(matched) as connection:
            tell_first(connection, town.REFERENCE, VOICE)
            other = threads.submit(update)
            until_it_waits(matched, other)
        spoken = other.result(10)
    assert spoken is not None
    assert (spoken.sequence, spoken.occasion) == (2, Occasion.UPDATE)
