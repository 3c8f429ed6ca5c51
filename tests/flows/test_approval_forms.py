"""The form of a run that waits: it says what an engineer must know, and a resume without an answer is valid."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from prefect.utilities.schema_tools import validate

from tasks import approve
from tasks.forms import ApprovalForm
from tasks.refs import IncidentRef
from tellfirst.review.approvals import SAFE_WORD, Waiting

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ASKED = Waiting(
    "INC-2026-0003",
    "Hyderabad",
    state="open",
    revision=2,
    seen_revision=3,
    affected_count=12_345,
    base_count=20_000,
    needed=1,
    agreed=0,
    first_by=None,
    asked_at=NOW,
    due_at=NOW + timedelta(minutes=15),
    left=timedelta(minutes=15),
    reason=None,
    segment_count=18_000,
)


def said(asked: Waiting) -> str:
    return approve.description(asked, "https://notices.example")


def test_a_form_that_nobody_filled_in_is_valid_so_that_the_clock_can_resume_its_run() -> None:
    assert validate({}, ApprovalForm.model_json_schema(), raise_on_error=True) == []
    assert ApprovalForm().decision == "not decided yet"


def test_the_form_says_how_many_what_share_which_revision_until_when_and_where_to_look() -> None:
    for word in (
        "12,345 customers, 62 % of all 20,000",
        "revision 3",
        "18,000 parts",
        "by 10:15:00 UTC",
        "https://notices.example/incidents/INC-2026-0003/footprint.png",
        "https://notices.example/room/incidents/INC-2026-0003/preview",
        "`tellfirst preview INC-2026-0003`",
    ):
        assert word in said(ASKED)
    assert "second person" not in said(ASKED)


def test_the_form_says_who_has_agreed_and_why_the_last_answer_was_not_taken() -> None:
    two = replace(ASKED, needed=2)
    assert "one of them by `tellfirst incident approve`" in said(two)
    assert "ravi has agreed; a second person must as well" in said(replace(two, agreed=1, first_by="ravi"))
    assert "**The last answer was not taken:** say who you are" in said(
        replace(ASKED, refused="say who you are")
    )
    assert "They have had the safe word" in said(replace(ASKED, state=SAFE_WORD))


def test_the_key_of_a_form_is_one_that_prefect_takes_and_says_which_audience_it_was_about() -> None:
    incident = IncidentRef(reference="INC-2026-0003")
    one, other = approve.key(incident, ASKED), approve.key(incident, ASKED)
    assert re.fullmatch(r"[a-z0-9-]+", one)
    assert one.startswith("inc-2026-0003-approval-3-")
    assert one != other
