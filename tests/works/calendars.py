"""Maintenance notes written for a test: a good one, and what is changed in it."""

GOOD = {
    "SUMMARY": "Work on a mast",
    "DTSTART": "20261201T200000Z",
    "DTEND": "20261201T220000Z",
    "DTSTAMP": "20261125T080000Z",
    "UID": "W1@deccan.example",
    "SEQUENCE": "1",
    "ORGANIZER": "mailto:noc@deccan.example",
    "X-MAINTNOTE-PROVIDER": "deccan.example",
    "X-MAINTNOTE-ACCOUNT": "A1",
    "X-MAINTNOTE-MAINTENANCE-ID": "W1",
    "X-MAINTNOTE-OBJECT-ID": "C1",
    "X-MAINTNOTE-IMPACT": "OUTAGE",
    "X-MAINTNOTE-STATUS": "CONFIRMED",
}


def entry(*more: str, **changed: str | None) -> str:
    """One VEVENT; names are written like `x_maintnote_impact`, None leaves a field out, a value may begin with
    parameters: ';TZID=Asia/Kolkata:20261201T200000'."""
    fields = GOOD | {name.upper().replace("_", "-"): value for name, value in changed.items()}
    lines = []
    for name, value in fields.items():
        if value is not None:
            lines.append(f"{name}{value}" if value.startswith(";") else f"{name}:{value}")
    return "\r\n".join(["BEGIN:VEVENT", *lines, *more, "END:VEVENT"])


def calendar(*entries: str, method: str = "") -> bytes:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    head += [f"METHOD:{method}"] if method else []
    return "\r\n".join([*head, *(entries or (entry(),)), "END:VCALENDAR", ""]).encode()
