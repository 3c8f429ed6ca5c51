"""Leaving a kind of mail with one click: the two headers of RFC 8058, for every carrier of mail."""

from urllib.parse import quote

URL_LETTERS = ":/?#[]@!$&()*+,;=%~-._"
"""What stands in an address as itself; everything else is percent-encoded."""
LONGEST = 900
"""Letters of an address. A line of a header holds 998 (RFC 5322, 2.1.1), and mail readers unfold badly."""


def unsubscribe_headers(address: str) -> dict[str, str]:
    """The headers for one customer's own address; none where there is no address.

    RFC 8058, 3.1: the address is https, so one that is not (a demonstration on loopback) makes no headers.
    Whoever signs the mails (DKIM) must sign both; SendGrid does, a company's own relay must be told to.
    Whatever the address holds, it stays inside its angle brackets and on its line.
    """
    encoded = quote(address, safe=URL_LETTERS)
    if not encoded.startswith("https://") or len(encoded) > LONGEST:
        return {}
    return {"List-Unsubscribe": f"<{encoded}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
