"""Hyderabad with its network, in which a provider's circuits are known by name."""

import hyderabad
from databases import fixtures
from hyderabad import T0
from sqlalchemy import Engine

from tellfirst.store.engine import writing
from tellfirst.works.circuits import name_circuit


def _with_circuits(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        for object_id, element in (("C1", "site:HYD0004"), ("C2", "site:HYD0005"), ("C3", "core:A")):
            name_circuit(connection, "deccan", object_id, element, "tester", T0)
    return engine


network, small_network = fixtures(_with_circuits)

__all__ = ["network", "small_network"]
