"""The parts of the measurement. Each gives its figures; contestants of a part take turns, medians count."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.delivery import processes, receiving
from benchmarks.delivery.installation import installation, trusted
from benchmarks.delivery.sizes import Sizes
from benchmarks.racing import ratio
from benchmarks.table import Figure
from tellfirst.domain.occasion import Channel

Rates = dict[str, list[float]]
"""Messages a second of each contestant, one for every round."""


def texts(sizes: Sizes) -> list[Figure]:
    """(a) and (b): tellfirst until the last receipt is applied, raw aiohttp, the vendor's client, Prefect tasks."""
    rates: Rates = defaultdict(list)
    for _ in range(sizes.rounds):
        with installation(sizes.texts, Channel.SMS, receipts=True) as here:
            sent = here.sends("sms")[0]
            _whole(sent["accepted"], sizes.texts)
            ended = receiving.applied_at(here.books, sizes.texts)
            rates["ours"].append(sizes.texts / (ended - sent["began"]))
            rates["handed over"].append(_rate(sent))
        with installation(sizes.texts, Channel.SMS) as here:
            rates["raw"].append(_rate(processes.answer_of("raw", here.vendor.plain, str(sizes.texts))))
            unwritten = processes.answer_of("unwritten", here.vendor.plain, str(sizes.texts))
            _whole(unwritten["accepted"], sizes.texts)
            rates["unwritten"].append(_rate(unwritten))
            rates["without receipts"].append(_rate(here.sends("sms")[0]))
            stock = processes.answer_of("stock", "sms", here.vendor.plain, str(sizes.stock_texts))
            rates["stock"].append(_rate(stock))
    with installation(1, Channel.SMS) as here:
        prefect = _rate(processes.answer_of("prefect_tasks", here.vendor.plain, str(sizes.prefect_texts)))
    ours = rates["ours"]
    return [
        Figure("(a) texts, until every receipt is applied", median(ours), "texts/s"),
        Figure("(a) texts handed over meanwhile", median(rates["handed over"]), "texts/s"),
        Figure("(a) texts, no receipts coming in", median(rates["without receipts"]), "texts/s"),
        Figure(
            "(a) our carrier over the vendor's client, nothing written down",
            median(rates["unwritten"]),
            "texts/s",
        ),
        Figure("(a) raw aiohttp, same bodies", median(rates["raw"]), "texts/s"),
        Figure("(a) tellfirst ÷ raw aiohttp", ratio(ours, rates["raw"]), "x", ">= 0.5"),
        Figure(
            "(a) no receipts coming in ÷ raw aiohttp", ratio(rates["without receipts"], rates["raw"]), "x"
        ),
        Figure("(a) nothing written down ÷ raw aiohttp", ratio(rates["unwritten"], rates["raw"]), "x"),
        Figure("(b) loop over the vendor's client", median(rates["stock"]), "texts/s"),
        Figure("(b) tellfirst ÷ loop over the vendor's client", ratio(ours, rates["stock"]), "x", ">= 3"),
        Figure("(b) one Prefect task per text", prefect, "texts/s"),
        Figure("(b) tellfirst ÷ one Prefect task per text", median(ours) / prefect, "x", ">= 50"),
    ]


def mails(sizes: Sizes) -> list[Figure]:
    """(c): over TLS, everybody with the bundle of authorities that a system has."""
    rates: Rates = defaultdict(list)
    for _ in range(sizes.rounds):
        with installation(sizes.mails, Channel.EMAIL, secured=True) as here:
            sent = here.sends("email")[0]
            _whole(sent["accepted"], sizes.mails)
            rates["ours"].append(_rate(sent))
            home = Path(here.environment["TELLFIRST_HOME"])
            bundle = {"SSL_CERT_FILE": str(trusted(here.vendor, home))}
            arguments = ("email", here.vendor.secured, str(sizes.stock_mails))
            rates["stock"].append(_rate(processes.answer_of("stock", *arguments, environment=bundle)))
    ours, stock = rates["ours"], rates["stock"]
    return [
        Figure("(c) mails over TLS, ledger included", median(ours), "recipients/s", ">= 40000"),
        Figure("(c) loop over the vendor's client", median(stock), "mails/s"),
        Figure("(c) tellfirst ÷ loop over the vendor's client", ratio(ours, stock), "x", ">= 500"),
    ]


def bookkeeping(sizes: Sizes) -> list[Figure]:
    """(d): the ledger alone, in windows of a hundred."""
    figures = []
    for name, postgres, target in (("SQLite", False, ">= 20000"), ("PostgreSQL", True, ">= 8000")):
        rates, costs = [], []
        for _ in range(sizes.rounds):
            with installation(sizes.booked, Channel.SMS, postgres=postgres) as here:
                sent = here.sends("none")[0]
                _whole(sent["accepted"], sizes.booked)
                rates.append(_rate(sent))
                costs.append(sent["processor_seconds"] / sizes.booked * 1e6)
        figures += [
            Figure(f"(d) bookkeeping alone, {name}", median(rates), "messages/s", target),
            Figure(f"(d) its processor time, {name}", median(costs), "µs/message"),
        ]
    return figures


def receipts(sizes: Sizes, folder: Path) -> list[Figure]:
    """(e): offered at a steady rate, which is a tenth above what is asked for."""
    figures = []
    for name, channel, count in (
        ("texts, one a request", Channel.SMS, sizes.text_receipts),
        ("mails, 500 a request", Channel.EMAIL, sizes.mail_receipts),
    ):
        got = receiving.receive(channel, count, sizes.receipts_per_second, folder)
        figures += [
            Figure(f"(e) receipts of {name}: applied", got.applied_per_second, "receipts/s", ">= 5000"),
            Figure(f"(e) receipts of {name}: answered, 99th percentile", got.p99_ms, "ms", "< 100"),
            Figure(f"(e) receipts of {name}: processor time", got.processor_us, "µs/receipt"),
            Figure(f"(e) receipts of {name}: refused", got.refused, "receipts", "== 0"),
        ]
    return figures


def growth(sizes: Sizes) -> list[Figure]:
    """(f): from planning to the last record; then ten times as many mails, for a million texts take minutes."""
    with installation(sizes.many, Channel.SMS) as here:
        sent = here.sends("sms")[0]
        _whole(sent["accepted"], sizes.many)
        seconds = here.planned_seconds + sent["ended"] - sent["began"]
    small, large = (_sent_mails(count) for count in (sizes.many, sizes.most))
    return [
        Figure(f"(f) {sizes.many:,} texts, from planned to recorded", seconds, "s", "<= 60"),
        Figure(f"(f) its peak memory, {sizes.many:,} texts", sent["peak_mib"], "MiB"),
        Figure(f"(f) {sizes.most:,} mails, from planned to recorded", large["seconds"], "s"),
        Figure(
            f"(f) memory, {sizes.most:,} mails ÷ {sizes.many:,}",
            large["peak_mib"] / small["peak_mib"],
            "x",
            "<= 1.2",
        ),
        Figure(
            f"(f) processor time a mail, {sizes.most:,} ÷ {sizes.many:,}",
            large["cost"] / small["cost"],
            "x",
            "<= 1.2",
        ),
        Figure(
            f"(f) seconds a mail, {sizes.most:,} ÷ {sizes.many:,}",
            (large["sending"] / sizes.most) / (small["sending"] / sizes.many),
            "x",
        ),
    ]


def pace(sizes: Sizes) -> list[Figure]:
    """(g): the vendor refuses what is above its rate; the sender keeps it with the line in its books."""
    with installation(sizes.paced, Channel.SMS, rate=sizes.pace) as here:
        sent = here.sends("sms", str(sizes.pace))[0]
        _whole(sent["accepted"], sizes.paced)
        counts = here.vendor.counts()
    used = counts["segments"] / sizes.pace / (sent["ended"] - sent["began"])
    return [
        Figure(f"(g) share of {sizes.pace} permitted segments/s that was used", used, "x", ">= 0.99"),
        Figure("(g) refused by the vendor for its rate", counts["refused"], "texts", "== 0"),
    ]


def together(sizes: Sizes) -> list[Figure]:
    """Two workers on one notice beside one alone."""
    seconds: Rates = defaultdict(list)
    twice = 0
    for _ in range(sizes.rounds):
        for workers in (1, 2):
            with installation(sizes.together, Channel.SMS) as here:
                sent = here.sends("sms", workers=workers)
                _whole(sum(one["accepted"] for one in sent), sizes.together)
                began, ended = min(one["began"] for one in sent), max(one["ended"] for one in sent)
                seconds[str(workers)].append(ended - began)
                counts = here.vendor.counts()
                twice += counts["texts"] - counts["customers"]
    return [
        Figure(
            "two workers on one notice, times as fast as one", ratio(seconds["1"], seconds["2"]), "x", ">= 1"
        ),
        Figure("two workers on one notice: texts sent twice", twice, "texts", "== 0"),
    ]


def parts(sizes: Sizes, folder: Path) -> dict[str, Callable[[], Sequence[Figure]]]:
    """By name, in the order in which they run."""
    return {
        "bookkeeping": lambda: bookkeeping(sizes),
        "texts": lambda: texts(sizes),
        "mails": lambda: mails(sizes),
        "receipts": lambda: receipts(sizes, folder),
        "together": lambda: together(sizes),
        "pace": lambda: pace(sizes),
        "growth": lambda: growth(sizes),
    }


def _sent_mails(count: int) -> dict[str, float]:
    with installation(count, Channel.EMAIL) as here:
        sent = here.sends("email")[0]
        _whole(sent["accepted"], count)
        sending = sent["ended"] - sent["began"]
        return {
            "peak_mib": sent["peak_mib"],
            "cost": sent["processor_seconds"] / count,
            "sending": sending,
            "seconds": here.planned_seconds + sending,
        }


def _rate(told: dict[str, Any]) -> float:
    return float(told["accepted"] / (told["ended"] - told["began"]))


def _whole(accepted: int, expected: int) -> None:
    """A figure of a run that lost or doubled something would be worth nothing."""
    if accepted != expected:
        raise AssertionError(f"{accepted} of {expected} messages were accepted at {time.ctime()}")
