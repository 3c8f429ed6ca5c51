"""The seeded base: the same for the same seed, with the shares of oddities that real lists have."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from benchmarks.loading import fingerprint, load_sqlite
from benchmarks.seeded_rows import all_rows
from benchmarks.seeding import NEVER, TODAY, Seeded, seed_base
from tellfirst.domain.facts import ServiceKind

MANY = 20_000


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    return seed_base(1, MANY)


def rows_of(seeded: Seeded) -> dict[str, list[tuple[object, ...]]]:
    return {one.table.name: [row for chunk in one.chunks for row in chunk] for one in all_rows(seeded)}


def test_the_same_seed_makes_the_same_rows_and_another_seed_others() -> None:
    assert rows_of(seed_base(1, 2_000)) == rows_of(seed_base(1, 2_000))
    assert rows_of(seed_base(1, 2_000))["customer"] != rows_of(seed_base(2, 2_000))["customer"]


def test_shares_are_those_of_a_real_list(seeded: Seeded) -> None:
    services = len(seeded.service_customer)
    uses = np.bincount(seeded.phone_owner[seeded.phone_owner >= 0], minlength=MANY)
    shared = (seeded.phone_owner >= 0) & (uses[seeded.phone_owner] > 1)
    shares = {
        "services to a customer": (services / MANY, 1.7),
        "churned": (np.mean(~seeded.active), 0.05),
        "inactive services": (np.mean(seeded.service_state > 0), 0.02),
        "no phone": (np.mean(seeded.phone_owner < 0), 0.06),
        "no e-mail": (np.mean(seeded.email_owner < 0), 0.20),
        "shared phones": (np.mean(shared), 0.03),
        "opt-outs": ((len(seeded.silent_phones) + len(seeded.silent_emails)) / MANY, 0.008),
        "seen elsewhere": (len(seeded.seen_customer) / MANY, 0.05),
        "already ended": (np.mean((seeded.to_day != NEVER) & (seeded.to_day < TODAY)), 0.03),
        "not begun": (np.mean(seeded.from_day > TODAY), 0.03),
    }
    for name, (share, wanted) in shares.items():
        assert share == pytest.approx(wanted, rel=0.25), name
    assert set(seeded.service_kind.tolist()) == set(range(len(ServiceKind)))


def test_a_service_hangs_on_an_element_of_its_own_kind(seeded: Seeded) -> None:
    kinds = list(ServiceKind)
    ids = seeded.element_ids[seeded.service_element].tolist()
    for element, number in zip(ids, seeded.service_kind.tolist(), strict=True):
        kind = kinds[number]
        assert element in seeded.network.leaves[kind] or element.startswith("any"), (element, kind)


def test_composites_name_their_members(seeded: Seeded) -> None:
    members: dict[str, list[str]] = {}
    for edge in seeded.network.edges:
        if edge.group == "members":
            members.setdefault(edge.child, []).append(edge.parent)
    assert members
    assert all(child.partition(":")[2] == "+".join(parents) for child, parents in members.items())


def test_what_is_loaded_is_whole_indexed_and_points_nowhere_unknown(seeded: Seeded, tmp_path: Path) -> None:
    file = tmp_path / "seeded.db"
    load_sqlite(seeded, file)
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    for name, rows in rows_of(seeded).items():
        assert connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (len(rows),)
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert names >= {"ix_service_element", "ix_service_customer", "ix_customer_phone", "ix_presence_element"}
    sharing = (
        "SELECT count(*) FROM customer WHERE phone_shared <> "
        "(phone IN (SELECT phone FROM customer GROUP BY phone HAVING count(*) > 1))"
    )
    assert connection.execute(sharing).fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 10
    connection.close()
    assert list(tmp_path.iterdir()) == [file]


def test_an_older_file_is_not_taken_for_another_seed_or_size() -> None:
    assert len({fingerprint(1, 10), fingerprint(2, 10), fingerprint(1, 11)}) == 3
