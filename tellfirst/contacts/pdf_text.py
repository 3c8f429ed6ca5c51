"""The text of a PDF, read in a process of its own: who made it is a stranger, and what it does to a reader is not
known.

`pdftotext` of Poppler where the machine has it, else pypdf. A page that is only a picture has no text.
"""

import shutil
import subprocess
import sys

POPPLER = "pdftotext"
MOST_PAGES = 20
WITHIN = 20.0
"""Seconds for one file."""
LONGEST = 20_000
SHORTEST = 12
"""Letters and digits below which nobody could say what was written."""


def text_of_pdf(content: bytes) -> str:
    """Empty where there is none, or where it cannot be read."""
    for command in _readers():
        try:
            done = subprocess.run(command, input=content, capture_output=True, timeout=WITHIN, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            text = (
                done.stdout.decode("utf-8", errors="replace").replace("\x00", "").replace("\f", "\n").strip()
            )
            return text[:LONGEST] if says_something(text) else ""
    return ""


def says_something(text: str) -> bool:
    """Whether there is anything to be read: page numbers and a gateway's stamp are not."""
    return sum(sign.isalnum() for sign in text) >= SHORTEST


def _readers() -> list[list[str]]:
    found = shutil.which(POPPLER)
    poppler = [[found, "-q", "-l", str(MOST_PAGES), "-enc", "UTF-8", "-", "-"]] if found else []
    return [*poppler, [sys.executable, "-m", "tellfirst.contacts.pdf_text"]]


def _read_with_pypdf() -> str:
    from io import BytesIO

    from pypdf import PdfReader

    pages = PdfReader(BytesIO(sys.stdin.buffer.read())).pages
    return "\n".join(page.extract_text() for page, _ in zip(pages, range(MOST_PAGES), strict=False))


if __name__ == "__main__":
    sys.stdout.buffer.write(_read_with_pypdf().encode(errors="replace"))
