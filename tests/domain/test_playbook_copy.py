"""The copy of a playbook that an incident keeps: what comes back is the playbook that was copied."""

import json
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from mobile import BOOK

from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook
from tellfirst.store.playbook_copy import from_json, to_json

SPANS = [field.name for field in fields(Playbook) if field.type is timedelta]


def _stored(book: Playbook) -> Playbook:
    return from_json(json.loads(json.dumps(to_json(book))))


@pytest.mark.parametrize(
    "book",
    [
        BOOK,
        replace(BOOK, service=ServiceKind.POWER, channels=(Channel.EMAIL,), survey=False),
        replace(BOOK, tell_from=Impact.DOWN, approve_above=0.25),
    ],
)
def test_a_copy_comes_back_as_the_playbook_it_was_made_of(book: Playbook) -> None:
    copy = _stored(book)
    assert copy == book
    assert [type(channel) for channel in copy.channels] == [Channel] * len(book.channels)
    assert type(copy.tell_from) is Impact


@pytest.mark.parametrize("name", SPANS)
@pytest.mark.parametrize(
    "span", [timedelta(seconds=1), timedelta(minutes=90), timedelta(hours=24), timedelta(days=40, seconds=7)]
)
def test_no_span_is_changed_by_the_copy(name: str, span: timedelta) -> None:
    assert getattr(_stored(replace(BOOK, **{name: span})), name) == span


def test_a_copy_from_before_the_rules_of_the_audience_gets_the_usual_ones() -> None:
    """Incidents that were open when the house was upgraded go on."""
    new = ("tell_from", "seen_within", "located_within", "approve_above")
    old = {name: value for name, value in to_json(BOOK).items() if name not in new}
    assert from_json(old) == BOOK


def test_there_are_spans_to_be_tested() -> None:
    assert len(SPANS) == 9
