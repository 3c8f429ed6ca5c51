"""What one would write first: a loop over the vendor's own client.

python -m benchmarks.delivery.stock sms|email URL COUNT
"""

import json
import sys
import time

from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail
from twilio.rest import Client

from benchmarks.delivery.books import FIRST_NUMBER
from benchmarks.delivery.raw import TEXT

SID = "AC" + "0" * 32


def send_text(client: Client, number: int) -> str:
    """One text; Twilio's id of it."""
    made = client.messages.create(
        to=f"+91{FIRST_NUMBER + number}",
        from_="+914000000198",
        body=TEXT,
        status_callback=f"http://127.0.0.1:9/receipts/twilio?delivery={number}",
        validity_period=7200,
    )
    return str(made.sid)


def text_client(url: str) -> Client:
    """As it comes, but for the address."""
    client = Client(SID, "token")
    client.api.base_url = url
    return client


def main(channel: str, url: str, count: int) -> None:
    numbers = range(1, count + 1)
    if channel == "sms":
        client = text_client(url)
        began = time.time()
        for number in numbers:
            send_text(client, number)
    else:
        mails = SendGridAPIClient("SG.key", host=url)
        began = time.time()
        for number in numbers:
            answer = mails.send(
                Mail(
                    from_email="service@tellfirst.example",
                    to_emails=f"c{number}@home.example",
                    subject="No service in Hyderabad",
                    plain_text_content=TEXT,
                )
            )
            if answer.status_code != 202:
                raise SystemExit(f"refused with {answer.status_code}")
    sys.stdout.write(json.dumps({"began": began, "ended": time.time(), "accepted": count}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
