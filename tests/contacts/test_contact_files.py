"""Mistakes in config/contacts/ are named with file, line and cure, all of them at once."""

import shutil
from pathlib import Path

import hyderabad
import pytest

from tellfirst.contacts.languages import load_languages
from tellfirst.contacts.queue_files import BY_NAME, load_queues, load_sensing
from tellfirst.contacts.words import load_words
from tellfirst.domain.contact import ContactKind
from tellfirst.domain.errors import SetupError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(hyderabad.CONFIG / "contacts", tmp_path / "contacts")
    return tmp_path


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("en.yaml", "  complaint:", "  complaintt:", "complaintt"),
        ("ms.yaml", "stop: [", "stopp: [", "unknown key `stopp`"),
        ("te.yaml", "start: [", "start: []\nstart: [", "duplicate key"),
        ("ur.yaml", "stop: [بند, بند کریں, روکیں]", "stop: []", "stop"),
        ("en.yaml", "- lost|lose", "- ... lost|lose", "at least one word"),
        ("en.yaml", "    likely: [internet]", "    likly: [internet]", "likly"),
        ("en.yaml", "  power:\n", "  water:\n", "water"),
    ],
)
def test_a_mistake_in_a_language_is_named(config: Path, name: str, old: str, new: str, problem: str) -> None:
    _change(config / "contacts" / name, old, new)
    with pytest.raises(SetupError) as wrong:
        load_languages(config)
    assert any(name in one.file and problem in one.problem for one in wrong.value.mistakes)
    assert all(one.line > 0 for one in wrong.value.mistakes)


def test_mistakes_in_two_languages_are_named_together(config: Path) -> None:
    (config / "contacts" / "te.yaml").unlink()
    _change(config / "contacts" / "ms.yaml", "stop: [", "stopp: [")
    with pytest.raises(SetupError) as wrong:
        load_languages(config)
    assert {Path(one.file).name for one in wrong.value.mistakes} == {"te.yaml", "ms.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("kinds: [complaint]", "kinds: [complaint, order]", "order is taken by complaints already"),
        ("kinds: [order]", "kinds: [invoice_query]", "no queue takes order"),
        ("kinds: [unsure]", "kinds: [complaint]", "no queue takes unsure"),
        ("answer_within: 30m", "answer_within: 30", "answer_within"),
        ("role: network_on_call", "role: nobody", "there is no role nobody"),
        ("role: network_on_call", "role: network_on_call, calendar: mars", "there is no calendar mars"),
        ("sure_from: 0.5", "sure_from: 1.5", "sure_from"),
    ],
)
def test_a_mistake_in_the_queues_is_named(config: Path, old: str, new: str, problem: str) -> None:
    _change(config / "contacts" / "queues.yaml", old, new)
    with pytest.raises(SetupError) as wrong:
        load_queues(config, {"india"}, {"network_on_call", "customer_care"})
    assert any(problem in one.problem for one in wrong.value.mistakes)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("playbook: reported_by_customers", "playbook: nothing", "there is no playbook nothing"),
        ("least: 3", "least: 1", "least"),
        ("impact: down", "impact: at_risk", "impact"),
        ("window: 10m", "window: 10", "window"),
    ],
)
def test_a_mistake_in_sensing_is_named(config: Path, old: str, new: str, problem: str) -> None:
    _change(config / "contacts" / "sensing.yaml", old, new)
    with pytest.raises(SetupError) as wrong:
        load_sensing(config, {"reported_by_customers"})
    assert any(problem in one.problem for one in wrong.value.mistakes)


def test_every_kind_has_a_queue_and_cues_in_every_language() -> None:
    reception = load_words(hyderabad.CONFIG)
    by_kind = {reception.queues.of(kind).name for kind in (*ContactKind, None)}
    assert by_kind | set(BY_NAME) == set(reception.queues.roles)
    assert not by_kind & set(BY_NAME)
    for speech in reception.speeches:
        assert set(speech.kinds) == set(ContactKind)
        assert all(cues for cues in speech.services.values())
