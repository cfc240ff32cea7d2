"""The tables. A change of any of them is a new `VERSION`, and a step in `migrations`.

All names begin with `bundlesmith_`, since a PostgreSQL database may hold other tables as well.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text, UniqueConstraint

VERSION = 4

metadata = MetaData()
_number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER alone

meta = Table(
    "bundlesmith_meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", Text, nullable=False),
)
events = Table(
    "bundlesmith_events",
    metadata,
    Column("id", _number, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("session_id", Text),
    Column("event_id", Text),
    Column("bundle_id", Text),
    UniqueConstraint("user_id", "event_id"),
    Index("bundlesmith_events_of_user", "user_id", "time", "id"),
    Index("bundlesmith_events_of_bundle", "bundle_id"),
    Index("bundlesmith_events_by_time", "time"),
    sqlite_autoincrement=True,  # the id of a row that is gone is not given to another
)
shown = Table(
    "bundlesmith_shown",
    metadata,
    Column("bundle_id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("variant", Text),
    Column("user_id", Text),
    Column("items", Text, nullable=False),  # JSON
    Column("time", BigInteger, nullable=False),
    Index("bundlesmith_shown_to_user", "user_id"),
    Index("bundlesmith_shown_in_variant", "variant"),
    Index("bundlesmith_shown_by_time", "time"),
)
feedback = Table(
    "bundlesmith_feedback",
    metadata,
    Column("id", _number, primary_key=True),
    Column("user_id", Text),
    Column("bundle_id", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("items", Text, nullable=False),  # JSON
    Column("model", Text, nullable=False),
    Column("variant", Text),
    Column("time", BigInteger, nullable=False),
    Index("bundlesmith_feedback_of_user", "user_id"),
    Index("bundlesmith_feedback_of_bundle", "bundle_id"),
    sqlite_autoincrement=True,  # the id of a row that is gone is not given to another
)
changes = Table(
    "bundlesmith_changes",
    metadata,
    Column("model", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("content", Text),  # JSON; null: removed
    PrimaryKeyConstraint("model", "seq"),
)
states = Table(  # what the changes came to that are no longer in the log
    "bundlesmith_states",
    metadata,
    Column("model", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("content", Text),  # JSON; null: as in the run
    Column("removed", Integer, nullable=False),
    PrimaryKeyConstraint("model", "item_id"),
    Index("bundlesmith_states_by_seq", "model", "seq"),
)
keys = Table(
    "bundlesmith_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("start", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)
models = Table(
    "bundlesmith_models",
    metadata,
    Column("name", Text, primary_key=True),
    Column("folder", Text, nullable=False),
)
experiments = Table(
    "bundlesmith_experiments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("ended", BigInteger),
)
forgotten = Table(
    "bundlesmith_forgotten",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("time", BigInteger, nullable=False),
)
positions = Table(  # how far `bundlesmith.ingest` has read
    "bundlesmith_positions",
    metadata,
    Column("reader", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),  # milliseconds since 1970
    PrimaryKeyConstraint("reader", "topic", "part"),
)
dead_letters = Table(
    "bundlesmith_dead_letters",
    metadata,
    Column("reader", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("time", BigInteger, nullable=False),  # seconds since 1970
    PrimaryKeyConstraint("reader", "topic", "part", "position"),
)
outbox = Table(  # what is to be published
    "bundlesmith_outbox",
    metadata,
    Column("id", _number, primary_key=True),
    Column("user_id", Text),
    Column("content", Text, nullable=False),  # JSON
    Column("time", BigInteger, nullable=False),
    Index("bundlesmith_outbox_of_user", "user_id"),
    sqlite_autoincrement=True,  # the id of a row that is gone is not given to another
)
