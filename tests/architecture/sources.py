"""The repository as its files: what each module imports, and what stands where."""

import ast
import subprocess
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("tellfirst", "flows", "tasks")


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    return {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((PROJECT / package).rglob("*.py"))
    }


@cache
def imports(path: Path) -> frozenset[str]:
    """The dotted names a module imports, at its top or anywhere inside."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relative to itself"
            found.add(node.module or "")
    return frozenset(found)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def importers(*packages: str) -> set[str]:
    """The modules of ours that import one of these packages or something inside it."""
    return {
        name
        for name, path in modules().items()
        if any(
            one == package or one.startswith(f"{package}.") for one in imports(path) for package in packages
        )
    }


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository, also those that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return tuple(path for name in listed.split("\0") if name and (path := PROJECT / name).is_file())


@cache
def documents() -> str:
    """What a reader reads: README.md and everything below docs/."""
    pages = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages if page.is_file())
