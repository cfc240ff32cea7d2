"""From a message to what an item is from now on, or to the reason why it says nothing of one.

What a message may say is what `PUT /v1/items` takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.config import ItemFields
from bundlesmith.ingest.events import DeadLetter, at_path, message_text, read_each, readable
from bundlesmith.ingest.formats import Decode, json_object
from bundlesmith.ingest.source import StreamMessage
from bundlesmith.serve.api.bodies import ItemBody
from bundlesmith.store.checks import check_id


@dataclass(frozen=True, slots=True)
class NewItem:
    """What an item is from now on; without *values* it is gone."""

    message: StreamMessage
    item: str
    values: Mapping[str, Any] | None

    def letter(self, reason: str) -> DeadLetter:
        """What is kept if the shop doesn't take it."""
        return DeadLetter(self.message.position, readable(self.message.content), reason)


def read_items(
    messages: Sequence[StreamMessage], fields: ItemFields, decode: Decode = json_object
) -> tuple[list[NewItem], list[DeadLetter]]:
    """The items of messages, and those that are none."""
    return read_each(messages, decode, lambda message, values: _item(message, values, fields))


def _item(message: StreamMessage, values: Any, fields: ItemFields) -> NewItem:
    if (item := message_text("item", at_path(values, fields.item))) is None:
        raise BundlesmithError(f'It has no "{fields.item}".')
    check_id("item", item)
    gone = at_path(values, fields.gone)
    if not isinstance(gone, bool | None):
        raise BundlesmithError(f'"{fields.gone}" is neither true nor false.')
    if gone:
        return NewItem(message, item, None)
    paths = {name: getattr(fields, name) for name in ItemBody.model_fields}
    given = {name: at_path(values, path) for name, path in paths.items() if has_path(values, path)}
    try:
        body = ItemBody.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise BundlesmithError(f'"{paths[str(first["loc"][0])]}": {first["msg"]}.') from error
    return NewItem(message, item, {name: getattr(body, name) for name in given})


def has_path(values: Any, path: str) -> bool:
    """Whether a message says anything there, be it null."""
    outer, _, name = path.rpartition(".")
    inside = at_path(values, outer) if outer else values
    return isinstance(inside, dict) and name in inside
