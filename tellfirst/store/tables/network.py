"""What services hang on: elements, the edges between them, and the topology compiled from both."""

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table

from tellfirst.store.tables.base import metadata

element = Table(
    "element",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("area", String, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Index(None, "area"),
)

edge = Table(
    "edge",
    metadata,
    Column("child", ForeignKey("element.id"), primary_key=True),
    Column("grp", String, primary_key=True),
    Column("parent", ForeignKey("element.id"), primary_key=True),
    Column("need", Integer, nullable=False),
    CheckConstraint("need >= 1", name="need"),
    Index(None, "parent"),
)

topology = Table(
    "topology",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("compiled_version", Integer),
    Column("compiled", LargeBinary),
    Column("customer_count", Integer),
    CheckConstraint("id = 1", name="one_row"),
)
