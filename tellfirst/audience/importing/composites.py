"""Services that hang on several elements: each set of them becomes one element, on which the service hangs."""

from collections.abc import Iterator

from sqlalchemy import Column, Exists, Integer, MetaData, String, Table, exists, insert, literal, not_, select

from tellfirst.audience.importing.row_rules import members
from tellfirst.audience.importing.staging import Stage
from tellfirst.domain.network import composite_edges
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

KIND = "composite"


class Composites:
    """The composites that the staged services name, each with its members."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        made = MetaData()
        self._member = Table(
            "incoming_member",
            made,
            Column("id", String, primary_key=True),
            Column("member", String, primary_key=True),
            Column("grp", String, nullable=False),
            Column("need", Integer, nullable=False),
            Column("name", String, nullable=False),
            Column("first", String, nullable=False),
            prefixes=["TEMPORARY"],
        )
        made.create_all(stage.connection, checkfirst=False)
        if rows := list(self._named()):
            stage.connection.execute(insert(self._member), rows)

    def _named(self) -> Iterator[dict[str, str | int]]:
        rows = self._stage.rows.c
        several = (
            select(rows.element, rows.need, rows.element_id).distinct().where(rows.element.contains("|"))
        )
        seen = set()
        for element, need, element_id in self._stage.connection.execute(several):
            named = members(element)
            if element_id in seen or len(set(named)) == 1:
                continue
            seen.add(element_id)
            for edge in composite_edges(need or 1, named):
                yield {
                    "id": element_id,
                    "member": edge.parent,
                    "grp": edge.group,
                    "need": edge.need,
                    "name": f"{edge.need} of {', '.join(sorted(set(named)))}",
                    "first": min(named),
                }

    def known(self) -> Exists:
        """Whether a staged row hangs on a composite all of whose members are elements."""
        m, member = self._member.c, self._member.alias("one").c
        missing = exists().where(member.id == m.id, not_(exists().where(t.element.c.id == member.member)))
        return exists().where(m.id == self._stage.rows.c.element_id, not_(missing))

    def merge(self) -> int:
        """Put those that staged services hang on and that are new into the network; how many there were."""
        connection, m, rows = self._stage.connection, self._member.c, self._stage.rows.c
        used = exists().where(rows.element_id == m.id)
        element = select(m.id, literal(KIND), m.name, t.element.c.area).distinct()
        element = element.join(t.element, t.element.c.id == m.first).where(used)
        added = connection.execute(
            insert_into(connection, t.element)
            .from_select(["id", "kind", "name", "area"], element)
            .on_conflict_do_nothing(),
        ).rowcount
        edge = select(m.id, m.grp, m.member, m.need).where(used)
        connection.execute(
            insert_into(connection, t.edge)
            .from_select(["child", "grp", "parent", "need"], edge)
            .on_conflict_do_nothing()
        )
        return added
