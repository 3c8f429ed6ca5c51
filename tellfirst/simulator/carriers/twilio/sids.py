"""SIDs that hold the row of what they name, so that a look-up by SID needs no index."""

from secrets import token_hex


def new_sid(prefix: str, row: int) -> str:
    """A new SID (two letters and 32 hexadecimal digits) whose last twelve digits are the row."""
    return f"{prefix}{token_hex(10)}{row:012x}"


def row_of(sid: str) -> int | None:
    """The row a SID points to; None when it cannot be one of ours."""
    try:
        return int(sid[22:], 16) if len(sid) == 34 else None
    except ValueError:
        return None
