import pytest

from bundlesmith.data.readers.recbole import read_recbole
from bundlesmith.errors import BundlesmithError

ITEM = (
    "item_id:token\ttitle:token_seq\tgenre:token_seq\tprice:float\tbrand:token\tvector:float_seq\n"
    '1\tDesk 5" wide\tHome Desks\t9.5\tOakly\t0.5 1.5\n'
    "2\tLamp\t'Home, Garden', 'Lamps'\t\t\t\n"
    "3\tChair\tHome & More, Chairs\t2\tOakly\t\n"
)
INTER = "user_id:token\titem_id:token\ttimestamp:float\nann\t1\t978300760\nbo\t2\t978302109.0\n"


def data(folder, item=ITEM, inter=INTER):
    (folder / "shop.item").write_text(item)
    (folder / "shop.inter").write_text(inter)
    return folder


def test_items(tmp_path):
    raw = read_recbole(data(tmp_path), "shop")
    assert raw.integer_ids and raw.bundles.height == 0
    assert raw.items["title"][0] == 'Desk 5" wide'
    assert raw.items["category"].to_list() == [
        ["Home", "Desks"],
        ["Home, Garden", "Lamps"],
        ["Home & More", "Chairs"],
    ]
    assert raw.items["price"].to_list() == ["9.5", None, "2"]
    assert raw.items["attributes"].to_list()[:2] == ['{"brand": "Oakly", "vector": [0.5, 1.5]}', "{}"]


def test_events(tmp_path):
    events = read_recbole(data(tmp_path), "shop").events
    assert events["user_id"].to_list() == ["ann", "bo"]
    assert events["timestamp"].to_list() == ["978300760", "978302109.0"]
    assert events["session_id"].to_list() == [None, None]


def test_sessions_without_users(tmp_path):
    inter = "session_id:token\titem_id:token\ttimestamp:float\ns1\t1\t5\n"
    events = read_recbole(data(tmp_path, inter=inter), "shop").events
    assert events.select("user_id", "session_id").row(0) == ("session-s1", "s1")


def test_books_without_times(tmp_path):
    item = "item_id:token\tbook_title:token_seq\tpublisher:token_seq\n034545104X\tOak\tPress\n"
    inter = "user_id:token\titem_id:token\trating:float\n9\t034545104X\t0\n8\t034545104X\t5\n"
    raw = read_recbole(data(tmp_path, item, inter), "shop")
    assert raw.items["title"].to_list() == ["Oak"] and raw.events["timestamp"].to_list() == ["0", "1"]


def test_a_category_of_one_token(tmp_path):
    item = "item_id:token\tname:token_seq\tclass:token\n1\tDesk\tHome office\n"
    assert read_recbole(data(tmp_path, item=item), "shop").items["category"].to_list() == [["Home office"]]


@pytest.mark.parametrize(
    ("item", "inter", "message"),
    [
        (ITEM.replace("genre:token_seq", "genre:tokens"), INTER, '"genre:tokens" has no type.*mean "token'),
        (ITEM.replace("title:", "label:"), INTER, 'shop.item" has no column "title"'),
        (ITEM, INTER.replace("user_id:", "who:"), 'shop.inter" has no column "user_id"'),
        (ITEM, INTER.replace("timestamp:", "time:"), 'no column "timestamp".*mean "time"'),
    ],
)
def test_header_errors(tmp_path, item, inter, message):
    with pytest.raises(BundlesmithError, match=message):
        read_recbole(data(tmp_path, item, inter), "shop")


def test_unknown_data_set(tmp_path):
    with pytest.raises(BundlesmithError, match=r'no data set "ml".*Data sets found: shop'):
        read_recbole(data(tmp_path), "ml")
