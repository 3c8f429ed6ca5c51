"""Contact points as staff see them: enough to recognise one that a customer says, not enough to use it."""

HIDDEN = "•"


def masked(address: str | None) -> str:
    """`+91 ••••• 12` for a number, `a•••@e•••.com` for a mailbox, `•••` for anything else; empty for nothing."""
    if not address:
        return ""
    if "@" in address:
        box, _, domain = address.rpartition("@")
        host, _, end = domain.rpartition(".")
        return f"{box[:1]}{HIDDEN * 3}@{host[:1]}{HIDDEN * 3}.{end}"
    if address.startswith("+") and address[1:].isdecimal() and len(address) >= 9:
        return f"{address[:3]} {HIDDEN * 5} {address[-2:]}"
    return HIDDEN * 3
