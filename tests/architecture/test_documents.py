"""The documents know every setting, command and key there is, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App
from pydantic import BaseModel
from sources import PROJECT, documents

from tellfirst.carriers.lineup import CarrierEntry
from tellfirst.carriers.registry import KINDS
from tellfirst.cli import app
from tellfirst.settings import Settings
from tellfirst.timelines.playbooks import PlaybookFile

SETTINGS = [f"TELLFIRST_{name.upper()}" for name in Settings.model_fields]


def commands(group: App, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command as it is typed."""
    for name in group:
        if name.startswith("-"):
            continue
        words = (*above, name)
        inner = list(commands(group[name], words))
        yield from inner or [" ".join(("tellfirst", *words))]


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a file, the inner ones after their part."""
    for known, field in model.model_fields.items():
        name = field.alias or known
        yield name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (f"{name}.{inner}" for inner in keys(field.annotation))


def page(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_explained(setting: str) -> None:
    assert f"`{setting}`" in page("docs/settings.md")


def test_no_setting_is_explained_that_is_none() -> None:
    named = set(re.findall(r"`(TELLFIRST_[A-Z_]+[A-Z])`", page("docs/settings.md")))
    assert named <= {*SETTINGS, "TELLFIRST_PROJECT"}


@pytest.mark.parametrize("command", list(commands(app)))
def test_every_command_is_shown_to_a_reader(command: str) -> None:
    assert re.search(rf"{re.escape(command)}\b", documents())


def test_no_command_is_shown_that_is_none() -> None:
    """In blocks of commands, where a reader copies it from."""
    blocks = "\n".join(re.findall(r"^```(?:\w*)\n(.*?)^```", documents(), re.DOTALL | re.MULTILINE))
    shown = re.findall(
        r"^(?:\$ )?(?:\S+=\S+ )*(?:\.venv/bin/)?tellfirst ([a-z-]+(?: [a-z-]+)?)\b", blocks, re.MULTILINE
    )
    known = {command.removeprefix("tellfirst ") for command in commands(app)}
    groups = {command.split()[0] for command in known if " " in command}
    wrong = {
        one for one in shown if one not in known and (one.split()[0] in groups or one.split()[0] not in known)
    }
    assert wrong == set()


@pytest.mark.parametrize("key", list(keys(PlaybookFile)))
def test_every_key_of_a_playbook_is_explained(key: str) -> None:
    name = re.escape(key.rpartition(".")[2])
    assert re.search(rf"`(?:{re.escape(key)}|{name})`|^ *{name}:", page("docs/playbooks.md"), re.MULTILINE)


@pytest.mark.parametrize("word", [*CarrierEntry.model_fields, *KINDS])
def test_every_key_and_kind_of_a_carrier_is_explained(word: str) -> None:
    assert f"`{word}`" in page("docs/how-to/carriers.md")


def test_every_relative_link_leads_somewhere() -> None:
    for source in [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", source.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (source.parent / target).exists(), f"{source.relative_to(PROJECT)} links to {target}"


def test_every_make_target_a_reader_is_told_of_exists() -> None:
    makefile = page("Makefile")
    for target in set(re.findall(r"\bmake ([a-z][a-z-]*)`", documents())):
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


def test_the_changelog_is_there_and_not_empty() -> None:
    assert Path(PROJECT / "CHANGELOG.md").read_text(encoding="utf-8").count("\n") > 1
