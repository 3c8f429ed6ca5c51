"""How long a link to somebody's own page works, and what of a contact point may be shown behind it."""

from datetime import UTC, datetime, timedelta

import pytest

from tellfirst.domain.link import LIVES_FOR, masked, still_works

MADE = datetime(2026, 11, 22, 3, 39, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("goes_on", "revoked_until", "now", "works"),
    [
        (False, None, MADE + LIVES_FOR - INSTANT, True),
        (False, None, MADE + LIVES_FOR, False),
        (True, None, MADE + 10 * LIVES_FOR, True),
        (True, MADE, MADE, False),
        (True, MADE - INSTANT, MADE, True),
    ],
    ids=[
        "in its time",
        "after it",
        "while the incident goes on",
        "revoked",
        "made after the others were revoked",
    ],
)
def test_a_link_works_for_its_time_and_while_the_incident_goes_on(
    goes_on: bool, revoked_until: datetime | None, now: datetime, works: bool
) -> None:
    assert still_works(MADE, goes_on=goes_on, revoked_until=revoked_until, now=now) is works


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+914055500001", "•••01"),
        ("asha.rao@example.org", "a•••@e•••.org"),
        ("a@b", "a•••@b•••"),
        ("@", "•••@•••"),
        ("198", "•••"),
        ("", "•••"),
    ],
)
def test_a_contact_point_is_known_by_its_owner_alone(address: str, shown: str) -> None:
    assert masked(address) == shown
