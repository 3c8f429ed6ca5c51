"""The repository speaks of nothing but itself."""

import re

import pytest
from sources import PROJECT, files

TEXT = [path for path in files() if path.suffix not in {".png", ".gif", ".ico", ".woff2", ".db"}]
# Put together here, so that this file is not the one that names them.
SLASH = "/"
PATHS = re.compile(
    "|".join(
        rf"(?<![\w.:/<>-]){SLASH}{folder}{SLASH}[\w.]"
        for folder in ("work", "root", "home", "Users", "mnt", "data", "srv")
    )
)
INDEXES = re.compile(
    "|".join(("pypi" + r"\.", "python" + "hosted", "--(?:extra-)?index" + "-url", "--find" + "-links"))
)
EMITS_NONE = {"Makefile"}
"""It tells the tool that chooses versions to leave index addresses out."""


def lines(pattern: re.Pattern[str]) -> list[str]:
    """Where it stands, as file:line."""
    return [
        f"{path.relative_to(PROJECT)}:{number}"
        for path in TEXT
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert lines(PATHS) == []


def test_no_file_names_a_package_index() -> None:
    assert [place for place in lines(INDEXES) if place.partition(":")[0] not in EMITS_NONE] == []


@pytest.mark.parametrize(
    "line", [f"cd {SLASH}work{SLASH}main", f'"{SLASH}root{SLASH}.cache"', f"({SLASH}home{SLASH}asha{SLASH}x)"]
)
def test_a_machines_folder_would_be_found(line: str) -> None:
    assert PATHS.search(line)


@pytest.mark.parametrize("line", ["--no-emit-index" + "-url", "https://" + "pypi" + ".org/simple"])
def test_an_index_would_be_found(line: str) -> None:
    assert INDEXES.search(line.replace("--no-emit-", "--"))


def test_no_secret_or_database_is_in_the_repository() -> None:
    names = {path.name for path in files()}
    assert names & {"secrets.json", "carriers.json", "tellfirst.db", ".env"} == set()
    private = "-----BEGIN " + "EC PRIVATE KEY-----"
    assert [path for path in TEXT if private in path.read_text(encoding="utf-8", errors="replace")] == []


def test_every_pinned_package_has_a_hash() -> None:
    for name in ("runtime", "dev"):
        text = (PROJECT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9].*", text.replace("\\\n", " "), re.MULTILINE)
        assert pins
        assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
