"""`tellfirst doctor --watch`: says when the teller itself is late, until it is stopped."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tellfirst import teller
from tellfirst.bootstrap import World
from tellfirst.domain.lateness import Late
from tellfirst.printing import out, show_json


def watch(here: World, every: timedelta, *, once: bool, json: bool) -> int:
    """Look every so often and print what is late. With `once` a single look: 1 when anything is late, else 0."""
    try:
        while True:
            found = teller.look(here)
            _show(found, datetime.now(UTC), json=json)
            if once:
                return 1 if found else 0
            time.sleep(every.total_seconds())
    except KeyboardInterrupt:
        return 0


def _show(found: tuple[Late, ...], at: datetime, *, json: bool) -> None:
    if json:
        show_json(
            {"at": at, "status": "late" if found else "on_time", "reasons": [_row(one) for one in found]}
        )
        return
    if not found:
        out.print(f"{at:%Y-%m-%d %H:%M:%S} UTC  on time")
    for one in found:
        since = f", since {one.since:%Y-%m-%d %H:%M:%S} UTC" if one.since else ""
        counted = f" ({one.count}{since})" if one.count > 1 or since else ""
        out.print(
            f"{at:%Y-%m-%d %H:%M:%S} UTC  late: {one.reason}{counted}: {teller.SENTENCES[one.reason]}",
            soft_wrap=True,
            markup=False,
        )


def _row(one: Late) -> dict[str, Any]:
    return {
        "reason": one.reason,
        "count": one.count,
        "since": one.since,
        "what": teller.SENTENCES[one.reason],
    }
