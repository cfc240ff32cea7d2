"""What the things of a catalogue are called, and how fast a large one is read."""

import random
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding import CatalogueWords, understand
from bundlesmith.understanding.words import forms, key
from tests.understanding.conftest import bundle_of


def test_kinds_are_the_last_words_of_names_without_packs_colours_and_measures(words):
    named = {name: len(words.kinds[name]) for name in ("tent", "tents", "gas stove", "sleeping bags", "zoom lens")}
    assert named["tent"] == named["tents"] == 8 and named["gas stove"] == 4 and named["sleeping bags"] > 8
    assert not {"sand", "graphite", "18 v", "v", "anthracite"} & set(words.kinds)


def test_categories_are_named_by_steps_and_paths_singular_and_plural(words):
    assert words.categories["stove"].name == words.categories["stoves"].name == "Stoves"
    assert words.categories["camp kitchen stoves"].name == "Camp Kitchen > Stoves"
    assert words.categories["tent"].things and not words.categories["dog"].things


def test_a_part_of_a_title_names_an_item_only_if_no_other_has_it(words, catalogue):
    assert len(words.titles[key("Atlas Cabin Suitcase 38 l, Anthracite")]) == 1
    assert all(len(rows) == 1 or key(catalogue.titles[rows[0]]) == name for name, rows in words.titles.items())


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("stove", "stoves"),
        ("battery", "batteries"),
        ("knife", "knives"),
        ("shelf", "shelves"),
        ("lens", "lenses"),
        ("box", "boxes"),
    ],
)
def test_singular_and_plural_find_each_other(one, many):
    assert many in forms(one) and one in forms(many)


def test_only_what_is_on_sale_has_words(catalogue):
    row = catalogue.row("CAMP-0012")
    some = CatalogueWords.of(catalogue, [at for at in range(len(catalogue)) if at != row])
    assert "camp-0012" not in some.ids and "camp-0013" in some.ids
    assert row not in some.kinds["sleeping bag"]


def test_words_serve_a_later_state_of_the_catalogue(words, catalogue):
    dearer = words.on(replace(catalogue, cents=catalogue.cents * 2))
    assert dearer.cost(["CAMP-0001"]) == 2 * words.cost(["CAMP-0001"]) and dearer.kinds is words.kinds


TITLES = [
    "Trail Lamp, Sand",
    "Lamps",
    "Glade Tent (2 Pack)",
    "Pine Knife 18 V",
    "Pine Glade Tent, Sand",
    "睡袋 2 件",
    "!",
    "Box",
]
PATHS = [(), ("Camping",), ("Camping", "Tents"), ("Tent",), ("Camp Kitchen", "Soft Stoves"), ("Camping Tents",)]
ITEM = st.tuples(
    st.integers(0, 7),
    st.booleans(),
    st.sampled_from(TITLES),
    st.sampled_from(PATHS),
    st.sampled_from(["", "Pine", "Fjell"]),
)


class Shop:
    """A catalogue that changes: rows of title, path and brand."""

    integer_ids = False

    def __init__(self, rows):
        self.ids = [f"Id-{at}" for at in range(len(rows))]
        self.titles = [title for title, _, _ in rows]
        self.categories = [path for _, path, _ in rows]
        self.attributes = [{"brand": brand} for _, _, brand in rows]

    def __len__(self):
        return len(self.ids)


def said_by(words):
    """All that words say, by whatever one may ask for."""
    names = {
        form for title in [*TITLES, "Pine", "Fjell", "Camp"] for word in key(title).split(" ") for form in forms(word)
    }
    names |= {key(" ".join(title.split()[:size])) for title in TITLES for size in (1, 2, 3)} | set(words.categories)
    names |= {form for path in PATHS for at in range(len(path)) for form in forms(key(" ".join(path[at:])))}
    found = {}
    for what in ("titles", "kinds", "groups", "categories", "brands"):
        asked = {name: getattr(words, what).get(name) for name in names}
        found[what] = {name: each for name, each in asked.items() if each and (what != "categories" or each.rows)}
        assert all(
            name in found[what]
            for name, each in getattr(words, what).items()
            if name in names and each in found[what].values()
        )
    assert all(name.split(" ")[0] in words.starts for each in found.values() for name in each if name.isascii())
    spelt = {word for some in words.spelt.values() for word in some}
    single = {
        word for name in (*words.kinds, *words.brands) for word in name.split(" ") if word.isascii() and word.isalpha()
    }
    assert single <= spelt and {f"{word}s" for word in single} <= spelt
    found["compounds"] = {name: words.compounds(name) for name in ("lamp", "tents", "box")}
    found["of paths"] = {path: words.of_paths([path]) for path in PATHS}
    return found | {"ids": dict(words.ids), "kind names": set(words.kinds), "all titles": dict(words.titles)}


@pytest.mark.parametrize("recent", [1, 20_000])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ITEM, max_size=4), max_size=6))
def test_words_that_are_changed_are_those_that_would_be_made_anew(monkeypatch, recent, batches):
    monkeypatch.setattr("bundlesmith.understanding.postings.RECENT", recent)
    rows, on_sale = [("Trail Lamp, Sand", ("Camping", "Lamps"), "Pine"), ("Box", (), "")], {0, 1}
    words = CatalogueWords.of(Shop(rows))
    first, before = words, said_by(words)
    for batch in batches:
        rows, changed = list(rows), set()
        for at, there, *item in batch:
            row = min(at, len(rows))
            rows[row : row + 1] = [tuple(item)]
            changed.add(row)
            on_sale = on_sale | {row} if there else on_sale - {row}
        words = words.changed(Shop(rows), {row: row in on_sale for row in changed})
        assert said_by(words) == said_by(CatalogueWords.of(Shop(rows), on_sale))
    assert said_by(first) == before


def test_compounds_are_of_the_kind_that_they_end_with():
    words = CatalogueWords.of(Shop([(title, (), "") for title in ("Headlamps", "Clamp", "Lamp", "Desk lamp", "Tent")]))
    assert words.compounds("lamps") == [0] and words.compounds("tent") == words.compounds("灯") == []


@pytest.mark.slow
def test_ten_times_the_items_take_ten_times_as_long_to_read_and_messages_hardly_longer(catalogue):
    (few, few_took), (many, many_took) = (_read(shop) for shop in (_of(catalogue, 5_000), _of(catalogue, 50_000)))
    assert many_took < 20 * few_took
    last = bundle_of(_of(catalogue, 5_000), *(f"X-{at}" for at in range(5)))
    for text in (
        "camping set for two, under $250, with a stove and a lamp, no Lindqvist",
        "cheaper, and without the tent",
    ):
        small, large = (min(_seconds(text, words, last) for _ in range(20)) for words in (few, many))
        assert large < 3 * small


def _of(catalogue, size: int):
    """So many items with titles of two of the catalogue's."""
    rng = random.Random(0)
    rows = [rng.randrange(len(catalogue)) for _ in range(size)]
    ids = tuple(f"X-{at}" for at in range(size))
    return replace(
        catalogue,
        ids=ids,
        titles=tuple(f"{catalogue.titles[row]}, {rng.choice(catalogue.titles)} {at}" for at, row in enumerate(rows)),
        categories=tuple(catalogue.categories[row] for row in rows),
        cents=catalogue.cents[rows],
        stock=catalogue.stock[rows],
        attributes=tuple(catalogue.attributes[row] for row in rows),
        rows={item: at for at, item in enumerate(ids)},
    )


def _read(catalogue) -> tuple[CatalogueWords, float]:
    """Its words, and the seconds of the processor that it took."""
    started = time.process_time()
    words = CatalogueWords.of(catalogue)
    return words, time.process_time() - started


def _seconds(text, words, last) -> float:
    started = time.perf_counter()
    understand(text, words, Ask(), last)
    return time.perf_counter() - started
