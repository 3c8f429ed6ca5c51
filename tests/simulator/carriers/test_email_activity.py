"""Looking mails up through the real sendgrid SDK."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from carriers_under_test import Carriers
from python_http_client.exceptions import BadRequestsError, ForbiddenError


def send(carriers: Carriers, *deliveries: str, subject: str = "No service") -> str:
    people = [
        {
            "to": [{"email": f"{'bounce' if delivery == 'D9' else 'c'}{delivery}@home.example"}],
            "custom_args": {"delivery": delivery},
        }
        for delivery in deliveries
    ]
    body = {
        "personalizations": people,
        "from": {"email": "care@company.example"},
        "subject": subject,
        "content": [{"type": "text/plain", "value": "Hello."}],
        "custom_args": {"incident": "INC-7"},
    }
    return str(carriers.sendgrid.send(body).headers["X-Message-Id"])


def found(carriers: Carriers, query: str, limit: int = 10) -> list[Any]:
    answer = carriers.sendgrid.client.messages.get(query_params={"query": query, "limit": limit})
    return list(json.loads(answer.body)["messages"])


@pytest.fixture
def carriers(settings: dict[str, Any], config_file: Path, start: Callable[[], Carriers]) -> Carriers:
    settings["sendgrid"]["email_activity"] = True
    config_file.write_text(json.dumps(settings))
    return start()


def test_an_account_without_the_add_on_may_not_look(
    settings: dict[str, Any], config_file: Path, start: Callable[[], Carriers]
) -> None:
    settings["sendgrid"]["email_activity"] = False
    config_file.write_text(json.dumps(settings))
    with pytest.raises(ForbiddenError):
        found(start(), "unique_args['delivery']=\"D1\"")


def test_a_mail_is_found_by_our_delivery(carriers: Carriers) -> None:
    number = send(carriers, "D1", "D2")
    (message,) = found(carriers, "unique_args['delivery']=\"D2\"")
    assert (message["to_email"], message["from_email"]) == ("cD2@home.example", "care@company.example")
    assert message["msg_id"].startswith(number)
    assert message["subject"] == "No service"
    assert found(carriers, "unique_args['delivery']=\"D3\"") == []


def test_a_mail_sent_twice_is_found_twice_newest_first(carriers: Carriers) -> None:
    first, second = send(carriers, "D1"), send(carriers, "D1")
    messages = found(carriers, "unique_args['delivery']=\"D1\"")
    assert [message["msg_id"].split(".")[0] for message in messages] == [second, first]


def test_terms_are_joined(carriers: Carriers) -> None:
    number = send(carriers, "D1", "D9")
    carriers.settled()
    assert len(found(carriers, "unique_args['incident']=\"INC-7\"")) == 2
    (lost,) = found(carriers, 'unique_args[\'incident\']="INC-7" AND status="not_delivered"')
    assert lost["to_email"] == "bounceD9@home.example"
    assert len(found(carriers, f'msg_id LIKE "{number}%" AND to_email="cD1@home.example"')) == 1
    span = 'last_event_time BETWEEN TIMESTAMP "{}-01-01T00:00:00Z" AND TIMESTAMP "2999-01-01T00:00:00Z"'
    assert len(found(carriers, span.format(2000))) == 2
    assert found(carriers, span.format(2998)) == []
    assert len(found(carriers, "unique_args['incident']=\"INC-7\"", limit=1)) == 1


def test_a_look_up_lags_behind_and_fails_by_plan(carriers: Carriers) -> None:
    carriers.begin_faults({"lookup_lag_seconds": 60})
    send(carriers, "D1")
    assert found(carriers, "unique_args['delivery']=\"D1\"") == []
    assert carriers.counts()["email"]["accepted"] == 1


@pytest.mark.parametrize(
    "query", ["", "delivery=D1", "unique_args['delivery']=D1", 'status="x" OR status="y"']
)
def test_a_question_that_cannot_be_answered_is_refused(carriers: Carriers, query: str) -> None:
    with pytest.raises(BadRequestsError):
        found(carriers, query)


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_limit_has_limits(carriers: Carriers, limit: int) -> None:
    with pytest.raises(BadRequestsError):
        found(carriers, "unique_args['delivery']=\"D1\"", limit)
