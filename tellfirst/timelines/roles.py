"""Who fills which role inside the company, from config/roles.yaml: chains of places, their hours and channels."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tellfirst.domain.duty import Duty, Rota
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.domain.escalation import Staff, StaffRole
from tellfirst.domain.playbook import Playbook
from tellfirst.spans import Span
from tellfirst.strict_yaml import File, StrictModel

FILE = "roles.yaml"
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class DutyFile(StrictModel):
    """`channels` are names of variables, never addresses: what stands in them is a secret."""

    name: str = Field(min_length=1)
    channels: Annotated[tuple[Variable, ...], Field(min_length=1)]
    calendar: str = ""

    def made(self) -> Duty:
        return Duty(self.name, self.channels, self.calendar)


class RoleFile(StrictModel):
    chain: Annotated[tuple[DutyFile, ...], Field(min_length=1)]
    hand_over: Span


class RolesFile(StrictModel):
    """The keys of config/roles.yaml, explained in docs/how-to/tell-staff.md."""

    roles: Annotated[dict[str, RoleFile], Field(min_length=1)]
    usual: dict[StaffRole, str]


@dataclass(frozen=True, slots=True)
class Roles:
    """Every rota by name, and which fills a role of an incident whose playbook does not say."""

    rotas: Mapping[str, Rota]
    usual: Mapping[StaffRole, str]

    def filling(self, role: StaffRole, staff: Staff) -> Rota:
        return self.rotas[staff.filled_by.get(role, self.usual[role])]


def load_roles(config: Path, calendars: Iterable[str]) -> Roles:
    """Raises SetupError with every mistake, its line and cure; `calendars` are the names there are."""
    file = File(config / FILE)
    read = file.part(RolesFile)
    if mistakes := [*_strangers(file, read), *_no_calendars(file, read, sorted(calendars))]:
        raise SetupError(f"{FILE} cannot be used", tuple(mistakes))
    rotas = {
        name: Rota(name, tuple(one.made() for one in role.chain), role.hand_over)
        for name, role in read.roles.items()
    }
    return Roles(rotas, read.usual)


def _strangers(file: File, read: RolesFile) -> Iterator[Mistake]:
    for role in StaffRole:
        name = read.usual.get(role)
        if name is None:
            yield file.mistake(f"`usual.{role}` is missing", f"write one of {', '.join(read.roles)}", "usual")
        elif name not in read.roles:
            yield file.mistake(
                f"`usual.{role}`: there is no role {name}", _cure(name, read.roles), "usual", role.value
            )


def _no_calendars(file: File, read: RolesFile, calendars: list[str]) -> Iterator[Mistake]:
    for name, role in read.roles.items():
        for number, one in enumerate(role.chain):
            if one.calendar and one.calendar not in calendars:
                where = ("roles", name, "chain", number, "calendar")
                yield file.mistake(
                    f"there is no calendar {one.calendar}", _cure(one.calendar, calendars), *where
                )


def roles_missing(folder: Path, books: Mapping[str, Playbook], roles: Roles) -> Iterator[Mistake]:
    """Roles that a playbook names and nobody fills."""
    for book in books.values():
        file = File(folder / f"{book.name}.yaml")
        for role, name in book.staff.filled_by.items():
            if name not in roles.rotas:
                where = ("staff", "filled_by", role.value)
                yield file.mistake(f"there is no role {name}", _cure(name, roles.rotas), *where)
        for number, name in enumerate(book.staff.inform):
            if name not in roles.rotas:
                where_informed = ("staff", "inform", number)
                yield file.mistake(f"there is no role {name}", _cure(name, roles.rotas), *where_informed)


def _cure(name: str, known: Iterable[str]) -> str:
    there = list(known)
    near = get_close_matches(name, there, n=1)
    return f"did you mean `{near[0]}`?" if near else f"write one of {', '.join(there)}"
