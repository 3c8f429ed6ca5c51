"""The table as docs/measurements.md shows it."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.table import FOLDER, Outcome, number
from tellfirst.printing import out

WORDS = {True: "yes", False: "**no**", None: ""}


def write(outcome: Outcome, json: Path | None = None) -> Path:
    """Beside the JSON, under the same name with the ending .md."""
    file = (json or FOLDER / f"{outcome.name}.json").with_suffix(".md")
    file.write_text(as_markdown(outcome), encoding="utf-8")
    out.print(f"for docs/measurements.md: {file}")
    return file


def as_markdown(outcome: Outcome) -> str:
    """Where it was measured, then one line per figure."""
    told = outcome.to_json()
    machine = told["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in outcome.setting.versions.items())
    lines = [
        f"Run of {datetime.now(UTC):%Y-%m-%d}, `{outcome.setting.command}`: {machine['cores']} shared cores of "
        f"{machine['cpu']}, {machine['memory_gib']} GiB, load average {machine['load_at_start']:.1f} at the start "
        f"and {machine['load_at_end']:.1f} at the end. {versions}.",
        "",
        "| | value | unit | target | met |",
        "|---|---|---|---|---|",
    ]
    for one in outcome.figures:
        target = (one.target or "").replace(">=", "≥").replace("<=", "≤").replace("==", "=")
        lines.append(f"| {one.name} | {number(one.value)} | {one.unit} | {target} | {WORDS[one.met]} |")
    return "\n".join(lines) + "\n"
