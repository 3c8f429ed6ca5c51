"""Which bytes a text file is made of: asked of whoever imports it, and checked, never guessed."""

import codecs
import re
from pathlib import Path

from tellfirst.audience.importing.terms import FileRefused
from tellfirst.domain.errors import RuleBroken

BLOCK = 1 << 20
BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SINGLE_BYTES = re.compile(r"^(?:cp\d+|iso8859-\d+|mac-\w+|koi8-\w+|charmap)$")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def codec(encoding: str) -> str:
    """The name Python reads it under; UTF-8 with or without its mark. Raises RuleBroken for an unknown one."""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, ValueError):
        raise RuleBroken(
            f"{encoding[:40]} is no text encoding; write one like utf-8, utf-16 or cp1252"
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def refuse_the_wrong_one(path: Path, name: str) -> None:
    """Raises FileRefused when the file's first bytes, or all of them, contradict the encoding."""
    with path.open("rb") as file:
        start = file.read(4)
    for bom, real in BOMS.items():
        if start.startswith(bom) and not name.startswith(real):
            raise _refused(path, 1, f"is {real.upper()}, by its first bytes", f"--encoding {real}")
    if start.startswith(codecs.BOM_UTF8) and name != "utf-8-sig":
        raise _refused(path, 1, f"is UTF-8, by its first bytes, and not {name}", "--encoding utf-8")
    if _SINGLE_BYTES.match(name) and _is_utf8_beyond_ascii(path):
        raise _refused(path, 1, f"is UTF-8; as {name} its letters would be garbled", "--encoding utf-8")


def undecodable(path: Path, name: str) -> FileRefused:
    """The refusal of a file that is not in its encoding, with the place of the first byte that says so."""
    line, offset = _first_bad_byte(path, name)
    cure = "save it as UTF-8, or name its encoding: --encoding cp1252, --encoding utf-16"
    return FileRefused("encoding", path, line, f"byte {offset} is not {name.removesuffix('-sig')}", cure)


def _refused(path: Path, line: int, problem: str, option: str) -> FileRefused:
    return FileRefused("encoding", path, line, problem, f"import it with {option}")


def _is_utf8_beyond_ascii(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond = False
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                beyond |= not block.isascii()
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return beyond


def _first_bad_byte(path: Path, name: str) -> tuple[int, int]:
    """Its line, from 1, and its offset, from 0."""
    # The decoder that knows the mark of UTF-8 counts from behind it.
    decoder = codecs.getincrementaldecoder(name.removesuffix("-sig"))()
    before = 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            kept = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as wrong:
                offset = max(before - kept + wrong.start, 0)
                break
            except UnicodeError:  # UTF-16 and UTF-32 say no place when their mark is missing
                offset = max(before - kept, 0)
                break
            before += len(block)
            if not block:
                offset = before
                break
    with path.open("rb") as file:
        content = file.read(offset)
    return len(_LINE_END.findall(content)) + 1, offset
