"""A seeded base of customers with the oddities of real lists, as columns of numbers and as rows for tables.

The same seed and size give the same rows. All times lie well clear of the limits that matching knows, which are
for the tests: a benchmark must not change its size with them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.seeded_network import NODES_APART, SeededNetwork, build_network
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.occasion import Channel

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
KINDS = tuple(ServiceKind)
LANGUAGES, LANGUAGE_SHARES = ("te", "en", "ur", "ms"), (0.46, 0.24, 0.22, 0.08)
WISHES, WISH_SHARES = (Channel.SMS.value, Channel.EMAIL.value, None), (0.72, 0.22, 0.06)
SERVICE_COUNT_SHARES = (0.50, 0.33, 0.14, 0.03)
KIND_SHARES = (0.50, 0.25, 0.10, 0.10, 0.05)
CHURNED, INACTIVE, DUAL_HOMED = 0.05, 0.02, 0.12
NO_PHONE, NO_EMAIL, BORROWED_PHONE, BORROWED_EMAIL = 0.06, 0.20, 0.015, 0.005
OPTED_OUT_PHONES, OPTED_OUT_EMAILS, LIFE_SUPPORT = 0.007, 0.001, 0.006
PRESENT_ELSEWHERE, STALE = 0.05, 0.3
LOCATED, MADE_UP_PLACE = 0.80, 0.05
NEVER = 0
"""In a column of days: no time at all; other numbers count days from `DAY_ZERO`."""
DAY_ZERO = NOW - timedelta(days=1_000)
TODAY = 1_000


@dataclass(frozen=True, slots=True)
class Seeded:
    """Customers are numbered from 0 here and from 1 in tables; `*_owner` is whose phone or address it is, -1 none.

    `service_element` numbers `element_ids`; `*_day` are days as above.
    """

    seed: int
    network: SeededNetwork
    element_ids: np.ndarray
    tower: np.ndarray
    active: np.ndarray
    language: np.ndarray
    wish: np.ndarray
    life_support: np.ndarray
    phone_owner: np.ndarray
    email_owner: np.ndarray
    located: np.ndarray
    made_up_place: np.ndarray
    service_customer: np.ndarray
    service_kind: np.ndarray
    service_element: np.ndarray
    service_state: np.ndarray
    from_day: np.ndarray
    to_day: np.ndarray
    seen_customer: np.ndarray
    seen_element: np.ndarray
    seen_stale: np.ndarray
    silent_phones: np.ndarray
    silent_emails: np.ndarray

    @property
    def customer_count(self) -> int:
        return len(self.active)


def seed_base(seed: int, customer_count: int) -> Seeded:
    """The base for `seed`, about 1.7 services to a customer."""
    rng = np.random.default_rng(seed)
    network = build_network(rng, customer_count)
    tower = rng.integers(len(network.towers), size=customer_count)
    phone_owner = _owners(rng, customer_count, NO_PHONE, BORROWED_PHONE)
    email_owner = _owners(rng, customer_count, NO_EMAIL, BORROWED_EMAIL)
    made = {
        "active": rng.random(customer_count) >= CHURNED,
        "language": rng.choice(len(LANGUAGES), customer_count, p=LANGUAGE_SHARES),
        "wish": rng.choice(len(WISHES), customer_count, p=WISH_SHARES),
        "life_support": rng.random(customer_count) < LIFE_SUPPORT,
        "located": rng.random(customer_count) < LOCATED,
        "made_up_place": rng.random(customer_count) < MADE_UP_PLACE,
        "silent_phones": _some_of(rng, phone_owner, OPTED_OUT_PHONES),
        "silent_emails": _some_of(rng, email_owner, OPTED_OUT_EMAILS),
    }
    made |= _services(rng, network, tower)
    made |= _presence(rng, network, tower)
    ids = np.array([element[0] for element in network.elements], dtype=object)
    return Seeded(
        seed=seed, network=network, element_ids=ids, tower=tower,
        phone_owner=phone_owner, email_owner=email_owner, **made,
    )  # fmt: skip


def _owners(rng: np.random.Generator, many: int, none: float, borrowed: float) -> np.ndarray:
    """Each their own, except those who have none and those who use that of the customer before them."""
    owner = np.arange(many)
    borrows = rng.random(many) < borrowed
    borrows[0] = False
    borrows[1:] &= ~borrows[:-1]
    owner[borrows] -= 1
    lacking = rng.random(many) < none
    return np.where(lacking[owner], -1, owner)


def _some_of(rng: np.random.Generator, owner: np.ndarray, share: float) -> np.ndarray:
    there = np.unique(owner[owner >= 0])
    return there[rng.random(len(there)) < share]


def _services(rng: np.random.Generator, network: SeededNetwork, tower: np.ndarray) -> dict[str, np.ndarray]:
    counts = rng.choice(len(SERVICE_COUNT_SHARES), len(tower), p=SERVICE_COUNT_SHARES) + 1
    customer = np.repeat(np.arange(len(tower)), counts)
    many = len(customer)
    kind = rng.choice(len(KINDS), many, p=KIND_SHARES)
    dual = rng.random(many) < DUAL_HOMED
    within = rng.random(many)
    element = np.empty(many, dtype=np.int64)
    first_of = _first_numbers(network)
    for number, name in enumerate(KINDS):
        leaf_count, composite_count = len(network.leaves[name]), len(network.composites[name])
        mine = kind == number
        leaf = _leaf(tower[customer[mine]], within[mine], leaf_count, len(network.towers))
        composite = leaf // NODES_APART if name is ServiceKind.ONLINE else leaf
        homed = dual[mine] & (composite < composite_count)
        leaf_number = first_of[f"leaf {name}"] + leaf
        element[mine] = np.where(homed, first_of[f"composite {name}"] + composite, leaf_number)
    return {
        "service_customer": customer,
        "service_kind": kind,
        "service_element": element,
        "service_state": np.where(rng.random(many) < INACTIVE, rng.integers(1, 3, many), 0),
        "from_day": _days(rng, many, past=0.37, coming=0.03),
        "to_day": _days(rng, many, past=0.03, coming=0.05),
    }


def _presence(rng: np.random.Generator, network: SeededNetwork, tower: np.ndarray) -> dict[str, np.ndarray]:
    """Some customers were seen in a cell of any tower, most of them just now, some long ago."""
    customer = np.flatnonzero(rng.random(len(tower)) < PRESENT_ELSEWHERE)
    cells = len(network.leaves[ServiceKind.MOBILE])
    return {
        "seen_customer": customer,
        "seen_element": _first_numbers(network)[f"leaf {ServiceKind.MOBILE}"]
        + rng.integers(cells, size=len(customer)),
        "seen_stale": rng.random(len(customer)) < STALE,
    }


def _leaf(tower: np.ndarray, within: np.ndarray, leaf_count: int, tower_count: int) -> np.ndarray:
    leaf: np.ndarray = ((tower + within) * leaf_count / tower_count).astype(np.int64)
    return leaf


def _days(rng: np.random.Generator, many: int, past: float, coming: float) -> np.ndarray:
    drawn = rng.random(many)
    before, after = rng.integers(1, TODAY - 30, many), rng.integers(TODAY + 30, TODAY + 900, many)
    return np.where(drawn < past, before, np.where(drawn < past + coming, after, NEVER))


def _first_numbers(network: SeededNetwork) -> dict[str, int]:
    """Where the leaves and the composites of each kind begin among the elements."""
    inner = len(network.elements) - sum(
        len(ids) for group in (network.leaves, network.composites) for ids in group.values()
    )
    first, at = {}, inner
    for word, group in (("leaf", network.leaves), ("composite", network.composites)):
        for kind, ids in group.items():
            first[f"{word} {kind}"] = at
            at += len(ids)
    return first
