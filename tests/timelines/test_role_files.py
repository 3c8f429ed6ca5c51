"""config/roles.yaml is read strictly, and a playbook cannot name a role that nobody fills."""

from dataclasses import replace
from pathlib import Path

import pytest
from hyderabad import BOOKS, CONFIG

from tellfirst.domain.errors import SetupError
from tellfirst.domain.escalation import Staff, StaffRole
from tellfirst.timelines.calendars import load_markets
from tellfirst.timelines.roles import load_roles, roles_missing

FILE = """\
roles:
  noc:
    hand_over: 5m
    chain:
      - {name: centre, channels: [STAFF_NOC], calendar: india}
      - {name: manager, channels: [STAFF_MANAGER]}
usual: {incident_commander: noc, customer_liaison: noc, approver: noc, resolver: noc}
"""


def _refused(folder: Path, text: str) -> str:
    (folder / "roles.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as refused:
        load_roles(folder, ["india"])
    return str(refused.value)


def test_the_roles_of_the_house_can_be_used() -> None:
    roles = load_roles(CONFIG, load_markets(CONFIG).names)
    assert {"noc", "duty_manager", "customer_care", "network_on_call"} <= set(roles.rotas)
    assert list(roles_missing(CONFIG / "playbooks", BOOKS, roles)) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "complaint"),
    [
        ("calendar: india", "calendar: indiaa", 5, "did you mean `india`?"),
        ("approver: noc", "approver: nocc", 7, "did you mean `noc`?"),
        (", resolver: noc", "", 7, "`usual.resolver` is missing"),
        ("[STAFF_NOC]", '["mailto://a:b@example.org"]', 5, "channels"),
        ("[STAFF_MANAGER]", "[]", 6, "channels"),
        ("hand_over: 5m", "hand_over: 5", 3, "like 30m"),
        ("hand_over", "handover", 3, "did you mean `hand_over`?"),
        ("chain:", "chains:", 4, "did you mean `chain`?"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_cure(
    tmp_path: Path, before: str, after: str, line: int, complaint: str
) -> None:
    assert before in FILE
    found = _refused(tmp_path, FILE.replace(before, after, 1))
    assert f"roles.yaml:{line}: " in found
    assert complaint in found


def test_a_role_that_nobody_fills_is_found_in_the_playbook() -> None:
    roles = load_roles(CONFIG, load_markets(CONFIG).names)
    books = {
        "mobile_site_down": replace(
            BOOKS["mobile_site_down"], staff=Staff({StaffRole.RESOLVER: "network_oncall"}, ("nocc",))
        )
    }
    found = [str(one) for one in roles_missing(CONFIG / "playbooks", books, roles)]
    assert ["did you mean `network_on_call`?" in found[0], "did you mean `noc`?" in found[1]] == [True, True]
