"""Brings the tables of an older version to the next one, within the transaction that says which version they are.

Each step is written out as it was then, and never changed afterwards: what `tables` says today may be newer than what
the step after it expects.
"""

import secrets

from sqlalchemy import Connection

from bundlesmith.store.tables import VERSION

TO_2 = (  # bundles that were shown know their run: of older ones it isn't known; and there are experiments
    "ALTER TABLE bundlesmith_shown ADD COLUMN run TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX bundlesmith_shown_in_variant ON bundlesmith_shown (variant)",
    """CREATE TABLE bundlesmith_experiments (
        name TEXT NOT NULL PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, percent INTEGER NOT NULL,
        started BIGINT NOT NULL, ended BIGINT)""",
)
TO_3 = (  # tokens are signed, logs of changes are folded, and what is old is found by its time
    "INSERT INTO bundlesmith_meta VALUES ('signing', '{secret}') ON CONFLICT DO NOTHING",
    """CREATE TABLE IF NOT EXISTS bundlesmith_states (
        model TEXT NOT NULL, item_id TEXT NOT NULL, first BIGINT NOT NULL, seq BIGINT NOT NULL, content TEXT,
        removed INTEGER NOT NULL, PRIMARY KEY (model, item_id))""",
    "CREATE INDEX IF NOT EXISTS bundlesmith_states_by_seq ON bundlesmith_states (model, seq)",
    "CREATE INDEX IF NOT EXISTS bundlesmith_shown_in_variant ON bundlesmith_shown (variant)",  # some have none
    "CREATE INDEX IF NOT EXISTS bundlesmith_shown_by_time ON bundlesmith_shown (time)",
    "CREATE INDEX IF NOT EXISTS bundlesmith_events_by_time ON bundlesmith_events (time)",
)
TO_4 = (  # what `bundlesmith ingest` made by itself belongs to the store, and there is an outbox
    *TO_3[1:],  # the first stores of version 3 had none of these
    """CREATE TABLE IF NOT EXISTS bundlesmith_positions (
        reader TEXT NOT NULL, topic TEXT NOT NULL, part TEXT NOT NULL, position TEXT NOT NULL, holder TEXT NOT NULL,
        until BIGINT NOT NULL, PRIMARY KEY (reader, topic, part))""",
    """CREATE TABLE IF NOT EXISTS bundlesmith_dead_letters (
        reader TEXT NOT NULL, topic TEXT NOT NULL, part TEXT NOT NULL, position TEXT NOT NULL, content TEXT NOT NULL,
        reason TEXT NOT NULL, time BIGINT NOT NULL, PRIMARY KEY (reader, topic, part, position))""",
    """CREATE TABLE bundlesmith_outbox (
        id {counted}, user_id TEXT, content TEXT NOT NULL, time BIGINT NOT NULL)""",
    "CREATE INDEX bundlesmith_outbox_of_user ON bundlesmith_outbox (user_id)",
)
MIGRATIONS = {1: TO_2, 2: TO_3, 3: TO_4}
"""Statements for SQLite and PostgreSQL, by the version that they begin with."""
COUNTED = {"sqlite": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "postgresql": "BIGSERIAL NOT NULL PRIMARY KEY"}


def migrate(connection: Connection, version: int) -> None:
    """Bring tables of *version*, one of `MIGRATIONS`, to the version of today."""
    given = {"secret": secrets.token_hex(32), "counted": COUNTED[connection.dialect.name]}
    for step in range(version, VERSION):
        for statement in MIGRATIONS[step]:
            connection.exec_driver_sql(statement.format(**given))
    connection.exec_driver_sql(f"UPDATE bundlesmith_meta SET content = '{VERSION}' WHERE name = 'version'")
