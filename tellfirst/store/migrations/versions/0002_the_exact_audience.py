"""The exact audience: places, presence, imports, the compiled network, and revisions that can be told apart."""

import sqlalchemy as sa
from alembic import op

from tellfirst.store.types import Id, Json, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "topology",
    "presence",
    "import_batch",
    "import_reject",
    "incident_area",
    "audience_revision",
)
BITS = {"mobile": 1, "broadband": 2, "voice": 4, "power": 8, "online": 16}
WHOM = {
    "first_word": "newly_affected",
    "update": "waiting",
    "overrun": "waiting",
    "correction": "waiting",
    "restored": "back",
}


def upgrade() -> None:
    _new_tables()
    _customers_and_services()
    op.add_column("incident", _flag("approval_needed"))
    op.add_column("incident", sa.Column("approved_count", sa.Integer, nullable=False, server_default="0"))
    op.add_column("incident_element", sa.Column("withdrawn_at", UtcTime))
    op.add_column("delivery", sa.Column("covered_by", Id))
    op.add_column("chunk", sa.Column("part", sa.Integer))
    op.create_index("ix_chunk_part", "chunk", ["notice_id", "channel", "part"], unique=True)
    whom = _one_of("whom", "newly_affected", "worse", "waiting", "back", "wrongly_told", "everyone")
    op.add_column("notice", sa.Column("whom", sa.String, whom, nullable=False, server_default="everyone"))
    for occasion, name in WHOM.items():
        op.execute(f"UPDATE notice SET whom = '{name}' WHERE occasion = '{occasion}'")  # noqa: S608 - our words
    _number_the_impacts()
    _describe_the_audience()


def downgrade() -> None:
    _forget_the_revisions()
    op.drop_column("notice", "whom")
    op.drop_index("ix_chunk_part", "chunk")
    op.drop_column("chunk", "part")
    op.drop_column("delivery", "covered_by")
    op.drop_column("incident_element", "withdrawn_at")
    op.drop_column("incident", "approved_count")
    op.drop_column("incident", "approval_needed")
    for name in ("ix_service_customer", "ix_service_element", "ix_service_reference"):
        op.drop_index(name, "service")
    for name in ("valid_to", "valid_from", "reference"):
        op.drop_column("service", name)
    op.create_index("ix_service_element", "service", ["element_id", "status", "customer_id", "kind"])
    for name in ("ix_customer_place", "ix_customer_district", "ix_customer_area_code", "ix_customer_email"):
        op.drop_index(name, "customer")
    for name in ("located_at", "location", "lon", "lat", "area_code", "district", "household"):
        op.drop_column("customer", name)
    for name in ("phone_checked", "email_shared", "phone_shared"):
        op.drop_column("customer", name)
    for name in reversed(NEW_TABLES):
        op.drop_table(name)


def _one_of(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _either(column: str, *words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(" OR ".join(f"{column} = '{word}'" for word in words), name=column)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _new_tables() -> None:
    op.create_table(
        "topology",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("compiled_version", sa.Integer),
        sa.Column("compiled", sa.LargeBinary),
        sa.Column("customer_count", sa.Integer),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "presence",
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("element_id", sa.String, sa.ForeignKey("element.id"), primary_key=True),
        sa.Column("role", sa.String, primary_key=True),
        sa.Column("seen_at", UtcTime),
        _one_of("role", "home", "recent"),
        sa.CheckConstraint("role = 'home' OR seen_at IS NOT NULL", name="seen"),
    )
    op.create_index("ix_presence_element", "presence", ["element_id", "role", "seen_at", "customer_id"])
    op.create_table(
        "import_batch",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("accepted_count", sa.Integer, nullable=False),
        sa.Column("repaired_count", sa.Integer, nullable=False),
        sa.Column("rejected_count", sa.Integer, nullable=False),
    )
    op.create_table(
        "import_reject",
        sa.Column("batch_id", Id, sa.ForeignKey("import_batch.id"), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("column", sa.String, primary_key=True),
        sa.Column("rule", sa.String, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "incident_area",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("element_id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("shape", sa.String, nullable=False),
        sa.Column("geometry", Json, nullable=False),
        _one_of("shape", "polygon", "radius", "area_codes"),
    )
    counts = (
        "element",
        "affected",
        "at_risk",
        "uncertain",
        "newly_affected",
        "worse",
        "back",
        "wrongly_told",
    )
    op.create_table(
        "audience_revision",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("topology_version", sa.Integer, nullable=False),
        *(sa.Column(f"{name}_count", sa.Integer, nullable=False) for name in counts),
    )


def _customers_and_services() -> None:
    for name in ("phone_shared", "email_shared", "phone_checked"):
        op.add_column("customer", _flag(name))
    for name in ("household", "district", "area_code"):
        op.add_column("customer", sa.Column(name, sa.String))
    op.add_column("customer", sa.Column("lat", sa.Float))
    op.add_column("customer", sa.Column("lon", sa.Float))
    located = (
        "CASE WHEN location IS NULL THEN lat IS NULL AND lon IS NULL "
        "ELSE location IN ('exact', 'default') AND lat IS NOT NULL AND lon IS NOT NULL END"
    )
    check = sa.CheckConstraint(located, name="location")
    op.add_column("customer", sa.Column("location", sa.String, check))
    op.add_column("customer", sa.Column("located_at", UtcTime))
    for name in ("email", "area_code", "district"):
        op.create_index(f"ix_customer_{name}", "customer", [name])
    op.create_index("ix_customer_place", "customer", ["lat", "lon", "location", "located_at"])
    for name in ("phone", "email"):
        several = f"SELECT {name} FROM customer GROUP BY {name} HAVING count(*) > 1"  # noqa: S608 - our words
        op.execute(f"UPDATE customer SET {name}_shared = true WHERE {name} IN ({several})")  # noqa: S608 - our words
    op.add_column("service", sa.Column("reference", sa.String))
    op.add_column("service", sa.Column("valid_from", UtcTime))
    op.add_column("service", sa.Column("valid_to", UtcTime))
    op.create_index("ix_service_reference", "service", ["reference"], unique=True)
    op.drop_index("ix_service_element", "service")
    matched = ["kind", "valid_from", "valid_to"]
    op.create_index("ix_service_element", "service", ["element_id", "status", "customer_id", *matched])
    op.create_index("ix_service_customer", "service", ["customer_id", "status", "element_id", *matched])


def _number_the_impacts() -> None:
    op.execute("CREATE TABLE kept AS SELECT * FROM impact_element")
    op.drop_table("impact_element")
    op.create_table(
        "impact_element",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("element_id", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("cause_element", sa.String, nullable=False),
        sa.UniqueConstraint("incident_id", "revision", "number"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO impact_element (incident_id, revision, element_id, number, impact, cause_element) "
        "SELECT incident_id, revision, element_id, "
        "row_number() OVER (PARTITION BY incident_id, revision ORDER BY element_id), impact, cause_element "
        "FROM kept"
    )
    op.drop_table("kept")


def _describe_the_audience() -> None:
    """Rows from before take the revision they were matched at as the one they became affected in."""
    op.execute("CREATE TABLE kept AS SELECT * FROM audience")
    op.drop_table("audience")
    op.create_table(
        "audience",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("impact_before", sa.Integer, nullable=False),
        sa.Column("services", sa.Integer, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("hit", sa.Integer, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address", sa.String),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("affected_revision", sa.Integer),
        sa.Column("worse_revision", sa.Integer),
        sa.Column("over_at", UtcTime),
        sa.Column("over_revision", sa.Integer),
        sa.Column("over", sa.String),
        _either("channel", "sms", "email", "none"),
        _either("basis", "service", "home_cell", "recent_cell", "area", "element_in_area"),
        _either("over", "back", "wrongly_told"),
        sa.CheckConstraint("(channel = 'none') = (address IS NULL)", name="address"),
        sa.CheckConstraint("(over_at IS NULL) = (over IS NULL)", name="over_at"),
        sqlite_with_rowid=False,
    )
    # At the all-clear that went to them: a later number would bring them another one.
    over_revision = (
        "coalesce((SELECT max(o.audience_revision) FROM notice AS o JOIN delivery AS d ON d.notice_id = o.id "
        "WHERE o.occasion = 'restored' AND d.incident_id = k.incident_id AND d.customer_id = k.customer_id), "
        "n.audience_revision)"
    )
    services = "CASE service_kind " + " ".join(f"WHEN '{kind}' THEN {bit}" for kind, bit in BITS.items())
    op.execute(
        "INSERT INTO audience SELECT k.incident_id, k.customer_id, k.revision, k.impact, 0, "  # noqa: S608 - our words
        f"{services} ELSE 0 END, 'service', coalesce(i.number, 0), k.channel, k.address, "
        "CASE k.channel WHEN 'sms' THEN c.phone_shared WHEN 'email' THEN c.email_shared ELSE false END, "
        "k.language, k.zone, k.priority, k.revision, NULL, k.over_at, "
        f"CASE WHEN k.over_at IS NULL THEN NULL ELSE {over_revision} END, "
        "CASE WHEN k.over_at IS NULL THEN NULL ELSE 'back' END "
        "FROM kept AS k JOIN customer AS c ON c.id = k.customer_id JOIN incident AS n ON n.id = k.incident_id "
        "LEFT JOIN impact_element AS i ON i.incident_id = k.incident_id AND i.revision = k.revision "
        "AND i.element_id = k.element_id"
    )
    op.execute(
        "UPDATE delivery SET covered_by = (SELECT k.covered_by FROM kept AS k "
        "WHERE k.incident_id = delivery.incident_id AND k.customer_id = delivery.customer_id) "
        "WHERE reason = 'covered_by_shared_contact'"
    )
    op.drop_table("kept")


def _forget_the_revisions() -> None:
    op.execute("CREATE TABLE kept AS SELECT * FROM audience")
    op.drop_table("audience")
    op.create_table(
        "audience",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("service_kind", sa.String, nullable=False),
        sa.Column("element_id", sa.String, nullable=False),
        sa.Column("cause_element", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address", sa.String),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("covered_by", Id, sa.ForeignKey("customer.id")),
        sa.Column("over_at", UtcTime),
        _one_of("channel", "sms", "email", "none"),
        sa.CheckConstraint("(channel = 'none') = (address IS NULL)", name="address"),
        sqlite_with_rowid=False,
    )
    # Only one service per customer was kept then, and nobody who is merely at risk.
    first = "CASE " + " ".join(f"WHEN k.services & {bit} > 0 THEN '{kind}'" for kind, bit in BITS.items())
    op.execute(
        "INSERT INTO audience SELECT k.incident_id, k.customer_id, k.revision, k.impact, "  # noqa: S608 - our words
        f"{first} ELSE 'online' END, i.element_id, i.cause_element, k.channel, k.address, k.language, k.zone, "
        "k.priority, (SELECT max(d.covered_by) FROM delivery AS d WHERE d.incident_id = k.incident_id "
        "AND d.customer_id = k.customer_id), k.over_at FROM kept AS k "
        "JOIN impact_element AS i ON i.incident_id = k.incident_id AND i.revision = k.revision "
        "AND i.number = k.hit WHERE k.affected_revision IS NOT NULL"
    )
    op.drop_table("kept")
    op.execute("CREATE TABLE kept AS SELECT * FROM impact_element")
    op.drop_table("impact_element")
    op.create_table(
        "impact_element",
        sa.Column("incident_id", Id, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("element_id", sa.String, primary_key=True),
        sa.Column("impact", sa.Integer, nullable=False),
        sa.Column("cause_element", sa.String, nullable=False),
    )
    columns = "incident_id, revision, element_id, impact, cause_element"
    op.execute(f"INSERT INTO impact_element ({columns}) SELECT {columns} FROM kept")  # noqa: S608 - our words
    op.drop_table("kept")
