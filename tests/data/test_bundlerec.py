import pytest

from bundlesmith.data.readers.bundlerec import path_of, read_bundlerec
from bundlesmith.errors import BundlesmithError
from tests.data.shops import bundlerec, session, write_lines

CSV = {
    "item_titles.csv": 'item ID,titles\n7,"Desk, oak"\n12,Lamp\n',
    "item_categories.csv": 'item ID,categories\n12,"[[Home, Yard,Lamps],[Light]]"\n7,\n99,"[[Other]]"\n',
    "session_item.csv": "session ID,item ID\n4,12\n4,7\n5,99\n5,12\n",
    "user_session.csv": "user ID,session ID,timestamp\n31,4,1400000000\n",
    "session_bundle.csv": "session ID,bundle ID\n4,0\n",
    "bundle_item.csv": "bundle ID,item ID\n0,7\n0,12\n",
    "bundle_intent.csv": 'bundle ID,intent\n0,"light\nup"\n',
}


def csv_folder(folder):
    folder.mkdir(parents=True)
    for name, text in CSV.items():
        (folder / name).write_text(text)
    return folder


def test_json_events_keep_the_order_of_their_session(tmp_path):
    events = read_bundlerec(bundlerec(tmp_path), "home").events
    first = events.filter(events["session_id"] == "0")
    assert first["item_id"].to_list() == ["12", "99", "7", "3"]
    assert first["timestamp"].to_list() == ["1000", "1001", "1002", "1003"]
    assert set(first["kind"]) == {"session"} and set(first["split"]) == {"train"}


def test_json_session_without_user_and_time(tmp_path):
    raw = read_bundlerec(bundlerec(tmp_path), "home")
    last = raw.events.filter(raw.events["session_id"] == "2")
    assert set(last["user_id"]) == {"session-2"}
    assert last["timestamp"].to_list() == ["0", "1", "2", "3"]
    assert raw.changes[0].count == 1 and raw.changes[0].examples == ("session 2",)


def test_json_items_and_bundles(tmp_path):
    raw = read_bundlerec(bundlerec(tmp_path), "home")
    assert raw.integer_ids
    assert raw.items["category"].to_list()[0] == ["Home, Garden & More", "Desks"]
    assert raw.items["attributes"].to_list()[0] == '{"asin": "B07"}'
    assert raw.bundles["items"].to_list() == [["12", "7"]] * 2
    assert raw.bundles["split"].to_list() == ["train", "test"]
    assert raw.bundles["user_id"].to_list() == ["5", "6"]


def test_text_ids_are_not_integers(tmp_path):
    write_lines(tmp_path / "x.items.jsonl", [{"item": "7", "title": "Desk"}])
    write_lines(tmp_path / "x.sessions.jsonl", [{"session": 1, "items": ["7"]}])
    assert not read_bundlerec(tmp_path, "x").integer_ids


@pytest.mark.parametrize("place", ["home", "dataset/home"])
def test_csv_folder(tmp_path, place):
    csv_folder(tmp_path / place)
    raw = read_bundlerec(tmp_path, "home")
    assert raw.items["item_id"].to_list() == ["7", "12", "99"]
    assert raw.items["title"].to_list() == ["Desk, oak", "Lamp", None]
    assert raw.items["category"].to_list() == [[], ["Home, Yard", "Lamps"], ["Other"]]
    assert raw.events["timestamp"].to_list() == ["1400000000", "1400000001", "0", "1"]
    assert raw.events["user_id"].to_list() == ["31", "31", "session-5", "session-5"]
    bundle = raw.bundles.row(0, named=True)
    assert bundle["items"] == ["7", "12"] and bundle["session_id"] == "4" and bundle["user_id"] == "31"
    assert bundle["intent"] == "light\nup" and bundle["split"] is None
    assert raw.integer_ids


def test_csv_folder_with_a_missing_column(tmp_path):
    folder = csv_folder(tmp_path / "home")
    (folder / "bundle_item.csv").write_text("bundle ID,item\n0,7\n")
    with pytest.raises(BundlesmithError, match=r'bundle_item.csv" has no column "item ID".*mean "item"'):
        read_bundlerec(tmp_path, "home")


def test_csv_folder_with_a_missing_file(tmp_path):
    (csv_folder(tmp_path / "home") / "user_session.csv").unlink()
    with pytest.raises(BundlesmithError, match=r"no file .*user_session.csv"):
        read_bundlerec(tmp_path, "home")


@pytest.mark.parametrize("domain", ["food", None])
def test_unknown_domain_lists_what_there_is(tmp_path, domain):
    csv_folder(bundlerec(tmp_path) / "attic")
    with pytest.raises(BundlesmithError, match=r"looked for .*bundle_item.csv.*Domains found: attic, home"):
        read_bundlerec(tmp_path, domain)


def test_broken_line_names_file_and_line(tmp_path):
    bundlerec(tmp_path)
    with (tmp_path / "home.items.jsonl").open("a") as file:
        file.write('{"item": 1, "title"')
    with pytest.raises(BundlesmithError, match=r'home.items.jsonl" line 5 is not JSON'):
        read_bundlerec(tmp_path, "home")


@pytest.mark.parametrize("key", ["session", "items"])
def test_line_without_a_key(tmp_path, key):
    record = session(3, "train")
    del record[key]
    write_lines(bundlerec(tmp_path) / "home.sessions.jsonl", [session(0, "train"), record])
    with pytest.raises(BundlesmithError, match=f'line 2 has no "{key}"'):
        read_bundlerec(tmp_path, "home")


def test_items_that_are_no_list(tmp_path):
    write_lines(bundlerec(tmp_path) / "home.sessions.jsonl", [session(0, "train") | {"items": 12}])
    with pytest.raises(BundlesmithError, match=r'line 1: "items" is not a list: 12'):
        read_bundlerec(tmp_path, "home")


def test_path_of():
    assert path_of("A, B & C,D") == ["A, B & C", "D"]
    assert path_of(None) == []
