"""Carriers report, in a process of their own: `python -m benchmarks.delivery.reports CONFIG.json`.

Receipts are signed before the clock starts and leave at a steady rate whatever the answers take, so that an app
that falls behind cannot slow down who reports to it: every wait counts from the moment a post was due.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import uvloop
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from benchmarks.delivery.books import FIRST_NUMBER
from benchmarks.delivery.posting import Post, Poster, signed_mail_receipts, signed_text_receipt

TOGETHER = 500
"""Rows in a batch of SendGrid's: half of what one may hold."""
STEP = 0.01
"""Seconds between two looks at what is due."""


async def main(config: dict[str, Any]) -> None:
    posts = _posts(config)
    per_second = config["rate"] / config["together"]
    poster = await Poster.connected(config["port"], config["connections"])
    began = time.time()
    start, sent = time.perf_counter(), 0
    while sent < len(posts):
        due = int((time.perf_counter() - start) * per_second) + 1
        for number in range(sent, min(due, len(posts))):
            poster.post(posts[number], start + number / per_second)
        sent = max(sent, min(due, len(posts)))
        await asyncio.sleep(STEP)
    await poster.idle()
    seconds = sorted(poster.answered.seconds)
    told = {
        "began": began,
        "ended": time.time(),
        "refused": poster.answered.refused,
        "p50_ms": 1000 * seconds[len(seconds) // 2],
        "p99_ms": 1000 * (quantiles(seconds, n=100)[98] if len(seconds) > 1 else seconds[0]),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _posts(config: dict[str, Any]) -> list[Post]:
    numbers = range(1, config["count"] + 1)
    if config["shape"] == "sms":
        url = f"http://127.0.0.1:{config['port']}/receipts/twilio?delivery="
        return [
            signed_text_receipt(
                config["auth_token"], f"{url}{one}", f"SM{one:032x}", f"+91{FIRST_NUMBER + one}", "delivered"
            )
            for one in numbers
        ]
    key = load_pem_private_key(config["private_key_pem"].encode(), password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    now = int(time.time())
    rows = [_row(one, now) for one in numbers]
    return [
        signed_mail_receipts(key, rows[first : first + TOGETHER], now)
        for first in range(0, len(rows), TOGETHER)
    ]


def _row(number: int, now: int) -> dict[str, object]:
    return {
        "email": f"c{number}@home.example",
        "event": "delivered",
        "timestamp": now,
        "sg_event_id": f"e{number:020d}",
        "sg_message_id": f"m{number // 1000}.filter.0",
        "smtp-id": f"<{number}@vendor.example>",
        "response": "250 OK",
        "delivery": str(number),
    }


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
