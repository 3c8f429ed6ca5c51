"""An area that a source draws itself becomes a cause of its incident, under the name that the alert has."""

from sqlalchemy import Connection

from tellfirst.domain.place import SHAPES, to_json
from tellfirst.domain.signal import Meaning
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into


def draw(connection: Connection, incident_id: int, meaning: Meaning) -> None:
    """Keep where `meaning` hits, before its cause is opened; the same area again changes nothing."""
    assert meaning.place is not None
    row = {
        "incident_id": incident_id,
        "element_id": meaning.element,
        "name": meaning.place_name,
        "shape": SHAPES[type(meaning.place)].value,
        "geometry": to_json(meaning.place),
    }
    connection.execute(insert_into(connection, t.incident_area).values(row).on_conflict_do_nothing())
