"""How the tables came to be, one revision after the other.

Draft the next one from the difference between store/tables and a migrated database, then read every line of it:

    with writing(engine) as connection:
        config = migrate.configured(connection)
        alembic.command.revision(config, "what changes", rev_id="0002", autogenerate=True)

Constraints' lists of words, triggers and WITHOUT ROWID are not compared by Alembic; the tests compare them.
"""
