"""The floor: aiohttp posts ready-made bodies and writes nothing down.

python -m benchmarks.delivery.raw URL COUNT [TEXT]
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlencode

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, encode_basic_auth

from benchmarks.delivery.books import FIRST_NUMBER

CONNECTIONS = 32
"""Of 1 to 128 the number with which it was fastest."""
PATH = f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
TEXT = (
    "Deccan Mobile: no service in Hyderabad since 09:30. Cause being investigated. Emergency calls may fail. "
    "Next word by 11:30. Ref INC-2026-0001"
)


async def main(url: str, count: int, text: str) -> None:
    bodies = iter([_body(number, text) for number in range(1, count + 1)])
    headers = {
        "Authorization": encode_basic_auth("AC" + "0" * 32, "token"),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    async with ClientSession(
        connector=TCPConnector(limit=CONNECTIONS),
        cookie_jar=DummyCookieJar(),
        headers=headers,
    ) as session:

        async def post() -> None:
            for body in bodies:
                async with session.post(f"{url}{PATH}", data=body) as answer:
                    assert answer.status == 201, answer.status
                    await answer.json()

        began, ticks = time.time(), time.process_time()
        await asyncio.gather(*(post() for _ in range(CONNECTIONS)))
        ended, ticks = time.time(), time.process_time() - ticks
    told = {"began": began, "ended": ended, "processor_seconds": ticks, "accepted": count}
    sys.stdout.write(json.dumps(told) + "\n")


def _body(number: int, text: str) -> str:
    return urlencode(
        {
            "To": f"+91{FIRST_NUMBER + number}",
            "StatusCallback": f"http://127.0.0.1:9/receipts/twilio?delivery={number}",
            "ValidityPeriod": "7200",
            "From": "+914000000198",
            "Body": text,
        }
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else TEXT))
