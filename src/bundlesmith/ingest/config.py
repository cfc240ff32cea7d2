"""What an ingest's YAML file may say, and the broker that a URL names."""

from pydantic import Field

from bundlesmith.errors import BundlesmithError, need
from bundlesmith.ingest.events import Fields
from bundlesmith.ingest.ledger import LEASE
from bundlesmith.ingest.source import Source
from bundlesmith.settings import ConfigSection

REDIS = ("redis", "rediss", "unix")


class Ingest(ConfigSection):
    """What is read, and how; see docs/streams.md."""

    topics: list[str] = Field(min_length=1)
    group: str = Field("bundlesmith", min_length=1, description="readers of one group share their work")
    field: str = Field("data", description="of a Redis entry: what holds the message's JSON")
    fields: Fields = Fields()
    lease: float = Field(LEASE, ge=0.5, description="seconds after which another takes over from one that died")


def open_source(url: str, settings: Ingest) -> Source:
    """The broker at a URL.

    Raises:
        BundlesmithError: if it is of a kind that isn't read; the URL isn't repeated, for it may hold a password.
    """
    kind = url.partition(":")[0]
    if kind not in REDIS:
        raise BundlesmithError(f'--from begins with "{kind}", which is not read.', 'Write "redis://HOST:6379/0".')
    need("redis", "bundlesmith ingest --from redis://…", "ingest")
    from bundlesmith.ingest.redis_streams import RedisStreams

    return RedisStreams(url, settings.topics, settings.field)
