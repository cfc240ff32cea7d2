"""Users who are forgotten."""

from pathlib import Path

from bundlesmith.store import Feedback, NewEvent, Shown, Store, open_store

USER = "Änne-who-is-not-to-be-found"


def fill(store: Store, user: str) -> None:
    """Two events, three bundles, and four times feedback; one of them by nobody, on a bundle shown to the user."""
    store.events.add(user, [NewEvent("tent", "view", 1), NewEvent("lamp", "buy", 2, event_id="k")])
    store.shown.add([Shown(f"{user}-{n}", "m", "r", None, user, ("tent",), 1) for n in range(3)])
    for said_by, bundle in ((user, f"{user}-0"), (user, f"{user}-0"), (None, f"{user}-1"), (user, "another's")):
        store.feedback.add(Feedback(said_by, bundle, "up", "", ("tent",), "m", None, 1))


def test_a_user_is_forgotten_and_others_are_not(url: str, store: Store) -> None:
    fill(store, USER)
    fill(store, "bob")
    assert store.users.forget(USER) == {"events": 2, "shown": 3, "feedback": 4}
    other = open_store(url)
    assert other.users.forgotten(USER) and not other.users.forgotten("bob")
    assert other.events.of_user(USER) == []
    assert len(other.events.of_user("bob")) == 2
    assert other.shown.find(f"{USER}-0") is None
    (figures,) = other.feedback.figures()
    assert (figures.shown, figures.up) == (3, 2)  # the third was never shown
    assert other.users.forget("bob") == {"events": 2, "shown": 3, "feedback": 4}
    other.close()


def test_one_may_be_forgotten_twice_and_come_back(store: Store) -> None:
    assert store.users.forget(USER) == {"events": 0, "shown": 0, "feedback": 0}
    assert store.users.forget(USER) == {"events": 0, "shown": 0, "feedback": 0}
    store.events.add(USER, [NewEvent("tent", "view", 5, event_id="k")])
    assert [event.item for event in store.events.of_user(USER)] == ["tent"]
    assert store.users.forgotten(USER)


def test_nothing_of_the_user_stays_in_the_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    fill(store, USER)
    fill(store, "bob")
    assert found(tmp_path, USER)
    store.users.forget(USER)
    assert not found(tmp_path, USER)
    assert found(tmp_path, "bob")
    store.close()


def found(folder: Path, text: str) -> bool:
    """Whether a text is in the database's file or in its log."""
    return any(text.encode() in path.read_bytes() for path in folder.glob("store.db*"))


def test_ids_are_hashed_with_a_salt_of_the_store(tmp_path: Path) -> None:
    hashes = set()
    for name in ("a", "b"):
        store = open_store(f"sqlite:///{tmp_path}/{name}.db")
        store.users.forget("bob")
        with store._database.reading() as connection:
            hashes |= set(connection.exec_driver_sql("SELECT hash FROM bundlesmith_forgotten").scalars())
        store.close()
    assert len(hashes) == 2
