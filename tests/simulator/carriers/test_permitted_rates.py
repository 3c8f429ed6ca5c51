"""What a sender may send in a second, and how much of it was used."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from carriers_under_test import SENDER, Carriers

from tellfirst.simulator.carriers.limits import Permits
from tellfirst.simulator.carriers.truth.entries import Channel


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_a_second_and_fills_again() -> None:
    time = Time()
    permits = Permits({Channel.SMS: 10}, time)
    assert [permits.take(Channel.SMS, "a", 1) for _ in range(11)] == [True] * 10 + [False]
    time.now += 0.5
    assert [permits.take(Channel.SMS, "a", 1) for _ in range(6)] == [True] * 5 + [False]
    time.now += 60
    assert [permits.take(Channel.SMS, "a", 1) for _ in range(11)] == [True] * 10 + [False]


def test_segments_are_what_counts_and_senders_have_buckets_of_their_own() -> None:
    permits = Permits({Channel.SMS: 10}, Time())
    assert [permits.take(Channel.SMS, "a", 4) for _ in range(3)] == [True, True, False]
    assert permits.take(Channel.SMS, "b", 4)
    assert all(permits.take(Channel.EMAIL, "a", 1000) for _ in range(10))


def test_what_is_longer_than_a_second_leaves_and_is_paid_off() -> None:
    time = Time()
    permits = Permits({Channel.SMS: 2}, time)
    assert permits.take(Channel.SMS, "a", 5)
    time.now += 2.4
    assert not permits.take(Channel.SMS, "a", 2)
    time.now += 0.2
    assert permits.take(Channel.SMS, "a", 2)


def test_the_long_run_is_the_permitted_rate() -> None:
    time = Time()
    permits = Permits({Channel.SMS: 7.5}, time)
    taken = 0
    for _ in range(10_000):
        time.now += 0.01
        taken += permits.take(Channel.SMS, "a", 1)
    assert taken == pytest.approx(750 + 7.5, abs=2)


def test_what_is_too_much_is_refused_and_what_was_taken_is_told_by_the_second(
    settings: dict[str, Any], config_file: Path, start: Callable[[], Carriers]
) -> None:
    settings["permitted_per_second"] = {"sms": 4}
    config_file.write_text(json.dumps(settings))
    carriers = start()
    two_segments = {"To": "+919000000001", "From": SENDER, "Body": "x" * 200}
    answers = [carriers.post_form(two_segments) for _ in range(4)]
    assert [answer.status_code for answer in answers[:2]] == [201, 201]
    refused = next(answer for answer in answers[2:] if answer.status_code != 201)
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (429, 20429, "1")
    told = carriers.get("/truth/segments", channel="sms")
    accepted = carriers.counts()["sms"]["accepted"]
    assert told["total"] == 2 * accepted == sum(told["seconds"].values())
    assert carriers.counts()["sms"]["refused"] == 4 - accepted
