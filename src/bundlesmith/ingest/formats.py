"""From a message's bytes to its object: JSON, Avro, or Protobuf."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from bundlesmith.errors import BundlesmithError, need
from bundlesmith.settings import ConfigSection

Decode = Callable[[bytes], dict[str, Any]]
"""Reads one message; raises BundlesmithError if it can't be read."""


class MessageFormat(ConfigSection):
    """How messages are written.

    Avro needs the schema that they were written with, Protobuf the descriptors that
    `protoc --include_imports --descriptor_set_out=FILE` makes, and the name of the message.
    """

    kind: Literal["json", "avro", "protobuf"] = "json"
    file: Path = Field(Path(), description="Avro's schema (.avsc), or Protobuf's descriptors")
    message: str = Field("", description='of Protobuf, such as "shop.Visit"')
    skip: int = Field(0, ge=0, le=64, description="bytes before each message: a registry's 5 of Avro, 6 of Protobuf")


def decoder(settings: MessageFormat, whole: bool = False) -> Decode:
    """What reads messages of a format.

    Args:
        settings: the format.
        whole: whether fields of Protobuf that know no absence (those that aren't `optional`) are there when they are
            empty or 0.

    Raises:
        BundlesmithError: if the schema can't be read, or the package for the format isn't installed.
    """
    if settings.kind == "json":
        read: Decode = json_object
    elif settings.file == Path():
        what = f'A topic is of {settings.kind.capitalize()}, and no "file" says how it is written.'
        raise BundlesmithError(what, "Name the file beside kind: format: {kind: …, file: …}.")
    elif settings.kind == "avro":
        read = _avro(settings.file)
    else:
        read = _protobuf(settings.file, settings.message, whole)
    return read if not settings.skip else lambda content: read(content[settings.skip :])


def json_object(content: bytes) -> dict[str, Any]:
    """A message's object.

    Raises:
        BundlesmithError: if it is none.
    """
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BundlesmithError(f"It is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise BundlesmithError("It is not a JSON object.")
    return values


def _avro(file: Path) -> Decode:
    need("fastavro", "a topic of Avro", "formats")
    from fastavro import parse_schema, schemaless_reader

    try:
        schema = parse_schema(json.loads(file.read_bytes()))
    except Exception as error:  # the package has many kinds
        raise BundlesmithError(f'"{file}" is no schema of Avro: {_said(error)}.', "Name the .avsc file.") from error
    _least_bytes(schema, {})

    def read(content: bytes) -> dict[str, Any]:
        stream = BytesIO(content)
        try:
            values = json.loads(json.dumps(schemaless_reader(stream, schema, None), default=_plain))
        except Exception as error:  # what comes of bytes that are something else
            raise BundlesmithError(f"It is not Avro of this schema: {_said(error)}.") from error
        if left := len(content) - stream.tell():
            raise BundlesmithError(f"It is not Avro of this schema: {left} bytes are left over.")
        if not isinstance(values, dict):
            raise BundlesmithError("It is not a record of Avro.")
        return values

    return read


def _least_bytes(schema: Any, named: dict[str, int | None]) -> int:
    """The bytes that a value of a schema of Avro takes at least.

    Args:
        schema: as fastavro has parsed it.
        named: those of the types that have names; None: while a type is looked at.

    Raises:
        BundlesmithError: if few bytes may be nested without end, or repeat nothing as often as they like: either would
            end this process.
    """
    if isinstance(schema, list):
        return 1 + min((_least_bytes(each, named) for each in schema), default=0)
    if isinstance(schema, str):
        if (least := named.get(schema, schema != "null")) is None:
            raise BundlesmithError(f'In the schema, "{schema}" contains itself.', "Leave it out, or send JSON.")
        return int(least)
    kind, name = schema["type"], schema.get("name", "")
    if kind == "array" and not _least_bytes(schema["items"], named):
        raise BundlesmithError("In the schema, items of an array take no bytes.", "Leave the array out, or send JSON.")
    if kind == "map":
        _least_bytes(schema["values"], named)
    if kind in ("record", "error"):
        named[name] = None
        named[name] = sum(_least_bytes(field["type"], named) for field in schema["fields"])
    elif kind in ("fixed", "enum"):
        named[name] = schema.get("size", 1)
    return _least_bytes(name or kind, named)


def _protobuf(file: Path, name: str, whole: bool) -> Decode:
    need("google.protobuf", "a topic of Protobuf", "formats")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from google.protobuf.json_format import MessageToDict

    pool = descriptor_pool.DescriptorPool()
    try:
        for each in descriptor_pb2.FileDescriptorSet.FromString(file.read_bytes()).file:
            pool.Add(each)
        kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    except Exception as error:  # the package has many kinds
        fix = "Make the file with protoc --include_imports --descriptor_set_out, and write package and message."
        raise BundlesmithError(f'"{file}" has no message "{name}" of Protobuf: {_said(error)}.', fix) from error
    shown: dict[str, Any] = {"preserving_proto_field_name": True, "always_print_fields_with_no_presence": whole}

    def read(content: bytes) -> dict[str, Any]:
        try:
            found: dict[str, Any] = MessageToDict(kind.FromString(content), descriptor_pool=pool, **shown)
        except Exception as error:  # what comes of bytes that are something else
            raise BundlesmithError(f'It is not a "{name}" of Protobuf: {_said(error)}.') from error
        return found

    return read


def _plain(value: Any) -> Any:
    """A value of Avro's logical types as JSON has it: as Protobuf's JSON has it, too."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _said(error: Exception) -> str:
    return ((str(error).splitlines() or [""])[0][:200] or type(error).__name__).rstrip(".")
