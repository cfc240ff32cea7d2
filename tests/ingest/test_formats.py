"""Messages of Avro and Protobuf, as their own libraries write them."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.config import ItemFields
from bundlesmith.ingest.events import Fields, read_messages
from bundlesmith.ingest.formats import Decode, MessageFormat, decoder
from bundlesmith.ingest.items import read_items
from bundlesmith.ingest.source import Place, StreamMessage
from bundlesmith.store import NewEvent, Store
from tests.cli.run import bundlesmith
from tests.ingest.brokers import RedisServer

fastavro = pytest.importorskip("fastavro")
descriptor_pb2 = pytest.importorskip("google.protobuf.descriptor_pb2")

AT = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
FIELDS = Fields(user="customer.id", item="sku", kind="action", time="at", time_unit="iso", event_id="id")
VISIT = {
    "type": "record",
    "name": "Visit",
    "fields": [
        {
            "name": "customer",
            "type": {"type": "record", "name": "Customer", "fields": [{"name": "id", "type": "long"}]},
        },
        {"name": "sku", "type": "string"},
        {"name": "action", "type": {"type": "enum", "name": "Action", "symbols": ["view", "buy"]}},
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
        {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "paid", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "raw", "type": "bytes"},
    ],
}
NUMBER = "8c4a2a0e-8f3e-4b0e-9a52-0d3c7f9f6f11"


def avro_visit(**more: Any) -> bytes:
    from decimal import Decimal

    stream, values = BytesIO(), {"customer": {"id": 7}, "sku": "tent", "action": "buy", "at": AT, "id": NUMBER}
    fastavro.schemaless_writer(
        stream, fastavro.parse_schema(VISIT), values | {"paid": Decimal("9.50"), "raw": b"\xff"} | more
    )
    return stream.getvalue()


@pytest.fixture(scope="module")
def avro(tmp_path_factory: pytest.TempPathFactory) -> MessageFormat:
    file = tmp_path_factory.mktemp("avro") / "visit.avsc"
    file.write_text(json.dumps(VISIT))
    return MessageFormat(kind="avro", file=file)


def descriptors() -> Any:
    """What protoc makes of two messages: `optional` fields alone know whether they are there."""
    from google.protobuf import timestamp_pb2

    found, kinds = descriptor_pb2.FileDescriptorSet(), descriptor_pb2.FieldDescriptorProto
    timestamp_pb2.DESCRIPTOR.CopyToProto(found.file.add())
    file = found.file.add(name="shop.proto", package="shop", syntax="proto3")
    file.dependency.append("google/protobuf/timestamp.proto")
    customer = file.message_type.add(name="Customer")
    customer.field.add(name="id", number=1, type=kinds.TYPE_INT64)
    visit = file.message_type.add(name="Visit")
    visit.field.add(name="customer", number=1, type=kinds.TYPE_MESSAGE, type_name=".shop.Customer")
    visit.field.add(name="sku", number=2, type=kinds.TYPE_STRING)
    visit.field.add(name="action", number=3, type=kinds.TYPE_STRING)
    visit.field.add(name="at", number=4, type=kinds.TYPE_MESSAGE, type_name=".google.protobuf.Timestamp")
    visit.field.add(name="seconds", number=5, type=kinds.TYPE_INT64)
    offer = file.message_type.add(name="Offer")
    offer.field.add(name="item", number=1, type=kinds.TYPE_STRING)
    offer.field.add(name="stock", number=2, type=kinds.TYPE_INT64)
    offer.field.add(name="price", number=3, type=kinds.TYPE_DOUBLE, oneof_index=0, proto3_optional=True)
    offer.oneof_decl.add(name="_price")
    for message in file.message_type:
        for field in message.field:
            field.label = kinds.LABEL_OPTIONAL
    return found


def protobuf_message(name: str, **values: Any) -> bytes:
    from google.protobuf import descriptor_pool, json_format, message_factory

    pool = descriptor_pool.DescriptorPool()
    for each in descriptors().file:
        pool.Add(each)
    made = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()
    content: bytes = json_format.ParseDict(values, made, descriptor_pool=pool).SerializeToString()
    return content


@pytest.fixture(scope="module")
def protobuf(tmp_path_factory: pytest.TempPathFactory) -> MessageFormat:
    file = tmp_path_factory.mktemp("protobuf") / "shop.desc"
    file.write_bytes(descriptors().SerializeToString())
    return MessageFormat(kind="protobuf", file=file, message="shop.Visit")


def read(content: bytes, decode: Decode, fields: Fields = FIELDS) -> Any:
    """The (user, event) of one message, or why it is none."""
    told, dead = read_messages(Place("visits"), [StreamMessage("17", content, 900)], fields, decode)
    return (told[0].user, told[0].event) if told else dead[0].reason


def test_a_record_of_avro_is_an_event(avro: MessageFormat) -> None:
    assert read(avro_visit(), decoder(avro)) == ("7", NewEvent("tent", "buy", int(AT.timestamp()), None, NUMBER))
    assert read(avro_visit(at=None), decoder(avro))[1].time == 900
    framed = decoder(avro.model_copy(update={"skip": 5}))
    assert read(b"\0\0\0\0\7" + avro_visit(), framed) == read(avro_visit(), decoder(avro))


def test_a_message_of_protobuf_is_an_event(protobuf: MessageFormat) -> None:
    sent = {"customer": {"id": 7}, "sku": "tent", "action": "buy", "at": AT.isoformat()}
    decode = decoder(protobuf)
    seconds = int(AT.timestamp())
    assert read(protobuf_message("shop.Visit", **sent), decode) == (
        "7",
        NewEvent("tent", "buy", seconds, None, "visits/0/17"),
    )
    numbered = Fields(user="customer.id", item="sku", time="seconds")
    for given_, found in ((seconds, seconds), (0, 900)):  # 0 isn't sent: it is as if left out
        content = protobuf_message("shop.Visit", customer={"id": 7}, sku="tent", seconds=given_)
        assert read(content, decode, numbered)[1].time == found


def test_an_item_of_protobuf_may_be_sold_out(protobuf: MessageFormat) -> None:
    decode = decoder(protobuf.model_copy(update={"message": "shop.Offer"}), whole=True)
    contents = [protobuf_message("shop.Offer", item="a", stock=0), protobuf_message("shop.Offer", item="b", price=0)]
    items, dead = read_items([StreamMessage("1", content, 9) for content in contents], ItemFields(), decode)
    assert [dict(item.values or {}) for item in items] == [{"stock": 0}, {"price": 0, "stock": 0}] and not dead


def test_what_is_something_else_is_a_dead_letter(avro: MessageFormat, protobuf: MessageFormat) -> None:
    assert "not Avro" in read(b"{}", decoder(avro)) and "left over" in read(avro_visit() + b"x", decoder(avro))
    assert "not a " in read(b"\xff\xff", decoder(protobuf))
    assert 'no "customer.id"' in read(protobuf_message("shop.Visit", sku="tent"), decoder(protobuf))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_any_bytes_are_an_event_or_a_dead_letter(avro: MessageFormat, protobuf: MessageFormat, content: bytes) -> None:
    for decode in (decoder(avro), decoder(protobuf)):
        assert read(content, decode)


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("avro", b"{", "no schema of Avro"),
        ("avro", b'{"type": "recrd"}', "no schema of Avro"),
        ("protobuf", b"\xff", 'no message "shop.Visit"'),
        ("protobuf", b"", 'no message "shop.Visit"'),
    ],
)
def test_a_schema_that_cannot_be_read_is_an_error(tmp_path: Path, kind: Any, content: bytes, said: str) -> None:
    (tmp_path / "schema").write_bytes(content)
    with pytest.raises(BundlesmithError, match=said):
        decoder(MessageFormat(kind=kind, file=tmp_path / "schema", message="shop.Visit"))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (["null", "Visit"], '"Visit" contains itself'),
        ({"type": "map", "values": {"type": "array", "items": ["string", "Visit"]}}, '"Visit" contains itself'),
        ({"type": "array", "items": "null"}, "take no bytes"),
        ({"type": "array", "items": {"type": "record", "name": "Empty", "fields": []}}, "take no bytes"),
        ({"type": "array", "items": {"type": "fixed", "name": "None", "size": 0}}, "take no bytes"),
        ({"type": "array", "items": {"type": "array", "items": ["null"]}}, ""),
        ({"type": "map", "values": "null"}, ""),
    ],
)
def test_a_schema_whose_messages_could_end_the_process_is_refused(tmp_path: Path, kind: Any, said: str) -> None:
    schema = {"type": "record", "name": "Visit", "fields": [{"name": "x", "type": kind}]}
    (tmp_path / "visit.avsc").write_text(json.dumps(schema))
    settings = MessageFormat(kind="avro", file=tmp_path / "visit.avsc")
    if said:
        with pytest.raises(BundlesmithError, match=said):
            decoder(settings)
    else:
        assert decoder(settings)(b"\0") == {"x": [] if kind["type"] == "array" else {}}


def test_a_format_without_a_file_is_an_error() -> None:
    with pytest.raises(BundlesmithError, match='no "file" says'):
        decoder(MessageFormat(kind="avro"))


def test_the_command_reads_records_of_avro(
    redis: RedisServer, avro: MessageFormat, local: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    redis.send("visits", [avro_visit(), b"\x00broken"])
    settings = {"url": redis.url, "topics": ["visits"], "format": {"kind": "avro", "file": str(avro.file)}}
    (tmp_path / "ingest.yaml").write_text(json.dumps({**settings, "fields": FIELDS.model_dump()}))
    words = ["--store", f"sqlite:///{tmp_path}/local.db", "--once", "--config", tmp_path / "ingest.yaml"]
    assert bundlesmith("ingest", *words) == 0
    assert capsys.readouterr().out.startswith("1 new events") and local.events.of_user("7")[0].item == "tent"
