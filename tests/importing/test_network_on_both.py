"""Elements, edges, services and presence from files into the store."""

from datetime import UTC, datetime

import pytest
from filing import Bring, build_network, rejects, settle, stored
from sqlalchemy import Engine

from tellfirst.domain.network import composite_id
from tellfirst.store import tables as t

EDGES = "child,group,need,parent\n"
SERVICES = "reference,customer,kind,element,need,valid_from,valid_to\n"


def test_elements_are_kept_and_the_network_gets_a_new_version(engine: Engine, bring: Bring) -> None:
    content = "id,kind,name,area,lat,lon\nhub,hub,Hub,North,17.5,78.5\ns1,site,Site 1,North,,\n"
    first = bring(engine, "elements", content)
    again = bring(engine, "elements", content)
    assert (first.new_count, again.unchanged_count) == (2, 2)
    assert stored(engine, t.element, "id", "kind", "name", "area", "lat", "lon") == [
        ("hub", "hub", "Hub", "North", 17.5, 78.5),
        ("s1", "site", "Site 1", "North", None, None),
    ]
    assert stored(engine, t.topology, "version", "compiled_version") == [(1, 1)]


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        ("a|b,site,A,North,,", "id", "reserved_character"),
        ("a,site,,North,,", "name", "missing"),
        ("a,site,A,North,95,17", "lat", "swapped_place"),
        ("=a,site,A,North,,", "id", "formula"),
    ],
)
def test_a_bad_element_is_rejected(
    sqlite_engine: Engine, bring: Bring, line: str, column: str, rule: str
) -> None:
    bring(sqlite_engine, "elements", f"id,kind,name,area,lat,lon\n{line}\n")
    assert rejects(sqlite_engine) == [(2, column, rule)]
    assert stored(sqlite_engine, t.topology, "version") == []


def test_a_file_of_edges_replaces_the_parents_of_its_groups_and_no_others(
    engine: Engine, bring: Bring
) -> None:
    build_network(engine, "s1", "s2", "a", "b", "c")
    bring(engine, "edges", EDGES + "s1,up,1,a\ns1,up,1,b\ns2,up,1,a\ns1,power,1,c\n")
    report = bring(engine, "edges", EDGES + "s1,up,2,b\ns1,up,2,c\n")
    assert stored(engine, t.edge, "child", "grp", "need", "parent") == [
        ("s1", "power", 1, "c"),
        ("s1", "up", 2, "b"),
        ("s1", "up", 2, "c"),
        ("s2", "up", 1, "a"),
    ]
    assert (report.new_count, report.changed_count, report.removed_count) == (1, 1, 1)
    assert stored(engine, t.topology, "version") == [(2,)]
    assert bring(engine, "edges", EDGES + "s1,up,2,b\ns1,up,2,c\n").unchanged_count == 2
    assert stored(engine, t.topology, "version") == [(2,)]


def test_no_parent_is_removed_while_a_row_of_the_file_is_rejected(engine: Engine, bring: Bring) -> None:
    build_network(engine, "s1", "a", "b")
    bring(engine, "edges", EDGES + "s1,up,1,a\ns1,up,1,b\n")
    report = bring(engine, "edges", EDGES + "s1,up,1,a\ns1,up,one,b\n")
    assert (report.rejected_count, report.removed_count) == (1, 0)
    assert len(stored(engine, t.edge, "child")) == 2


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["s1,up,1,x"], [(2, "parent", "unknown_element")], id="unknown_parent"),
        pytest.param(["x,up,1,a"], [(2, "child", "unknown_element")], id="unknown_child"),
        pytest.param(["s1,up,1,s1"], [(2, "parent", "own_parent")], id="own_parent"),
        pytest.param(["s1,up,0,a"], [(2, "need", "out_of_range")], id="need_zero"),
        pytest.param(["s1,up,2,a"], [(2, "need", "need_too_large")], id="need_too_large"),
        pytest.param(
            ["s1,up,1,a", "s1,up,2,b"],
            [(2, "need", "need_disagrees"), (3, "need", "need_disagrees")],
            id="needs_disagree",
        ),
        pytest.param(
            ["s1,up,1,a", "s1,up,1,x"],
            [(2, "group", "group_incomplete"), (3, "parent", "unknown_element")],
            id="half_a_group",
        ),
    ],
)
def test_a_bad_edge_is_rejected(
    engine: Engine, bring: Bring, lines: list[str], expected: list[tuple[int, str, str]]
) -> None:
    build_network(engine, "s1", "a", "b")
    bring(engine, "edges", EDGES + "\n".join(lines) + "\n")
    assert rejects(engine) == expected
    assert stored(engine, t.edge, "child") == []


def test_a_circle_refuses_the_file_names_a_line_and_keeps_the_network(engine: Engine, bring: Bring) -> None:
    build_network(engine, "a", "b", "c", "d")
    bring(engine, "edges", EDGES + "b,up,1,a\n")
    report = bring(engine, "edges", EDGES + "d,up,1,a\nc,up,1,b\na,up,1,c\n")
    assert report.refused is not None
    assert report.refused.startswith("file.csv:3: the network goes round in a circle: a → b → c → a")
    assert (report.accepted_count, rejects(engine)) == (0, [(3, "parent", "circle")])
    assert stored(engine, t.edge, "child", "parent") == [("b", "a")]
    assert stored(engine, t.topology, "version") == [(1,)]
    assert stored(engine, t.import_batch, "id", "accepted_count") == [(1, 1), (2, 0)]


def test_a_service_hangs_on_its_element(engine: Engine, bring: Bring) -> None:
    build_network(engine, "s1")
    settle(engine, "C1")
    content = SERVICES + "S1,C1,mobile,s1,,2026-11-01,2027-01-01T00:00:00+05:30\n"
    report = bring(engine, "services", content)
    assert stored(
        engine, t.service, "reference", "kind", "element_id", "status", "valid_from", "valid_to"
    ) == [
        (
            "S1",
            "mobile",
            "s1",
            "active",
            datetime(2026, 11, 1, tzinfo=UTC),
            datetime(2026, 12, 31, 18, 30, tzinfo=UTC),
        )
    ]
    assert {str(note) for _, note in report.notes} == {"date_alone", "time_to_utc"}
    assert bring(engine, "services", content).unchanged_count == 1
    assert stored(engine, t.topology, "version") == []


def test_a_service_on_several_elements_hangs_on_their_composite(engine: Engine, bring: Bring) -> None:
    build_network(engine, "A", "B", "C")
    settle(engine, "C1")
    content = (
        "reference,customer,kind,element,need\n"
        "S1,C1,broadband,B|A,\nS2,C1,broadband,A | B,1\nS3,C1,power,A|B|C,2\nS4,C1,voice,A|A,\n"
    )
    report = bring(engine, "services", content)
    any1, any2 = composite_id(1, ["A", "B"]), composite_id(2, ["A", "B", "C"])
    assert stored(engine, t.service, "reference", "element_id") == [
        ("S1", any1), ("S2", any1), ("S3", any2), ("S4", "A")
    ]  # fmt: skip
    made = [row for row in stored(engine, t.element, "id", "kind", "name", "area") if row[1] == "composite"]
    assert made == [
        (any1, "composite", "1 of A, B", "around A"),
        (any2, "composite", "2 of A, B, C", "around A"),
    ]
    assert stored(engine, t.edge, "child", "grp", "need", "parent") == [
        (any1, "members", 1, "A"),
        (any1, "members", 1, "B"),
        (any2, "members", 2, "A"),
        (any2, "members", 2, "B"),
        (any2, "members", 2, "C"),
    ]
    assert stored(engine, t.topology, "version", "compiled_version") == [(1, 1)]
    assert {str(note): count for (_, note), count in report.notes.items()} == {"doubled_element": 1}
    assert bring(engine, "services", content).unchanged_count == 4
    assert stored(engine, t.topology, "version") == [(1,)]


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        ("S1,C9,mobile,A,,,", "customer", "unknown_customer"),
        ("S1,C1,mobile,X,,,", "element", "unknown_element"),
        ("S1,C1,mobile,A|X,,,", "element", "unknown_element"),
        ("S1,C1,mobile,A|,,,", "element", "missing"),
        ("S1,C1,mobile,A|B,3,,", "need", "need_too_large"),
        ("S1,C1,mobile,A|B,0,,", "need", "need_too_large"),
        ("S1,C1,mobile,A,2,,", "need", "need_too_large"),
        ("S1,C1,cable,A,,,", "kind", "unknown_word"),
        ("S1,C1,mobile,A,,2026-11-02,2026-11-01", "valid_to", "wrong_order"),
        ("S1,C1,mobile,A,,2026-11-02,2026-11-02", "valid_to", "wrong_order"),
        ("S1,C1,mobile,A,,2026-11-02T10:00:00,", "valid_from", "no_zone"),
    ],
)
def test_a_bad_service_is_rejected(engine: Engine, bring: Bring, line: str, column: str, rule: str) -> None:
    build_network(engine, "A", "B")
    settle(engine, "C1")
    bring(engine, "services", SERVICES + line + "\n")
    assert rejects(engine) == [(2, column, rule)]
    assert stored(engine, t.service, "id") == []
    assert len(stored(engine, t.element, "id")) == 2


def test_where_a_customer_is_seen_is_kept_and_moves(engine: Engine, bring: Bring) -> None:
    build_network(engine, "s1", "s2")
    settle(engine, "C1")
    header = "customer,element,role,seen_at\n"
    bring(engine, "presence", header + "C1,s1,home,\nC1,s2,recent,2026-11-22T08:00:00+00:00\n")
    report = bring(engine, "presence", header + "C1,s1,home,\nC1,s2,recent,2026-11-22T09:00:00+00:00\n")
    assert (report.changed_count, report.unchanged_count) == (1, 1)
    assert stored(engine, t.presence, "element_id", "role", "seen_at") == [
        ("s1", "home", None),
        ("s2", "recent", datetime(2026, 11, 22, 9, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        ("C1,s1,recent,", "seen_at", "missing"),
        ("C1,s1,work,2026-11-22T09:00:00+00:00", "role", "unknown_word"),
        ("C9,s1,home,", "customer", "unknown_customer"),
        ("C1,s9,home,", "element", "unknown_element"),
    ],
)
def test_a_bad_presence_is_rejected(engine: Engine, bring: Bring, line: str, column: str, rule: str) -> None:
    build_network(engine, "s1")
    settle(engine, "C1")
    bring(engine, "presence", f"customer,element,role,seen_at\n{line}\n")
    assert rejects(engine) == [(2, column, rule)]
    assert stored(engine, t.presence, "role") == []
