"""What the things of a catalogue are called, and how fast a large one is read."""

import random
import time
from dataclasses import replace

import pytest

from bundlesmith.serve.ask import Ask
from bundlesmith.serve.understanding import CatalogueWords, understand
from bundlesmith.serve.understanding.words import forms, key
from tests.serve.understanding.conftest import bundle_of


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


@pytest.mark.slow
def test_fifty_thousand_items_are_read_in_seconds_and_messages_in_milliseconds(catalogue):
    rng, n = random.Random(0), 50_000
    rows = [rng.randrange(len(catalogue)) for _ in range(n)]
    ids = tuple(f"X-{at}" for at in range(n))
    many = replace(
        catalogue,
        ids=ids,
        titles=tuple(f"{catalogue.titles[row]}, {rng.choice(catalogue.titles)} {at}" for at, row in enumerate(rows)),
        categories=tuple(catalogue.categories[row] for row in rows),
        cents=catalogue.cents[rows],
        stock=catalogue.stock[rows],
        attributes=tuple(catalogue.attributes[row] for row in rows),
        rows={item: at for at, item in enumerate(ids)},
    )
    started = time.process_time()
    words = CatalogueWords.of(many)
    assert time.process_time() - started < 20
    last = bundle_of(many, *ids[:5])
    for text in (
        "camping set for two, under $250, with a stove and a lamp, no Lindqvist",
        "cheaper, and without the tent",
    ):
        assert min(_seconds(text, words, last) for _ in range(20)) < 0.005


def _seconds(text, words, last) -> float:
    started = time.perf_counter()
    understand(text, words, Ask(), last)
    return time.perf_counter() - started
