"""A file that makes the network go round in a circle, and the line it does so on."""

from itertools import pairwise

from sqlalchemy import func, select, tuple_

from tellfirst.audience import topology
from tellfirst.audience.importing.pieces import Fault
from tellfirst.audience.importing.rules import Rule
from tellfirst.audience.importing.staging import Stage
from tellfirst.domain.errors import RuleBroken


class CircleFound(RuleBroken):
    """The staged edges close a circle; `edges` are its edges as (child, parent)."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        path = sentence.partition(": ")[2].rpartition(";")[0].split(" → ")
        self.edges = [pair for one in pairwise(path) for pair in (one, one[::-1])]


def compile_or_refuse(stage: Stage) -> None:
    """Compile the network as it is now. Raises CircleFound."""
    try:
        topology.compile_network(stage.connection)
    except RuleBroken as refusal:
        raise CircleFound(str(refusal)) from None


def reject_the_circle(stage: Stage, circle: CircleFound) -> int:
    """Write the first staged edge of the circle among the rejects; its line."""
    rows = stage.rows.c
    named = tuple_(rows.child, rows.parent).in_(circle.edges)
    line = stage.connection.execute(select(func.min(rows.line)).where(named)).scalar_one()
    parent = stage.connection.execute(select(rows.parent).where(rows.line == line)).scalar_one()
    stage.put_rejects([Fault(line, "parent", Rule.CIRCLE, parent)])
    return int(line)
