"""What texts cost without a ledger: our carrier over the vendor's own client, and nothing is written down.

python -m benchmarks.delivery.unwritten URL COUNT
"""

import asyncio
import json
import sys
import time

from benchmarks.delivery.books import FIRST_NUMBER
from benchmarks.delivery.raw import TEXT
from tellfirst.carriers.port import Outbound, Verdict
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms
from tellfirst.domain.message import Message


async def main(url: str, count: int) -> None:
    message = Message(TEXT)
    batch = [
        Outbound(number, f"+91{FIRST_NUMBER + number}", message, valid_for=7200)
        for number in range(1, count + 1)
    ]
    carrier = TwilioSms(
        TwilioSettings("AC" + "0" * 32, "token", "http://127.0.0.1:9", sender="+914000000198", base_url=url)
    )
    began, ticks = time.time(), time.process_time()
    outcomes = await carrier.submit(batch)
    ended, ticks = time.time(), time.process_time() - ticks
    await carrier.close()
    accepted = sum(one.verdict is Verdict.ACCEPTED for one in outcomes)
    told = {"began": began, "ended": ended, "processor_seconds": ticks, "accepted": accepted}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
