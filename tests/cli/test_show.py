from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.cli.show import show_scores, show_spellings
from bundlesmith.decoding.lexicon import Lexicon, build_lexicon
from bundlesmith.decoding.semantic import Codebook
from bundlesmith.decoding.trie import build_trie
from tests.shops import make_catalogue


@pytest.fixture(scope="module")
def spelt() -> Lexicon:
    """Four items, spelt by hand: two collide, and are counted."""
    catalogue = make_catalogue([{"title": title} for title in ("Oak desk", "Desk", "Lamp", "Pen")])
    lexicon = build_lexicon(catalogue, [], load_tokenizer(SMOLLM2), "title")
    tokens = ((7, 8, 20), (7, 8, 21), (7, 9), (10, 8))
    texts = ("<a_0><b_0><c_0>", "<a_0><b_0><c_1>", "<a_0><b_1>", "<a_1><b_0>")
    return replace(lexicon, texts=texts, tokens=tokens, trie=build_trie(tokens))


def shown(lexicon: Lexicon) -> dict[str, str]:
    """The table of figures, by their names."""
    console = Console(width=120, record=True, file=StringIO())
    show_spellings(lexicon, console)
    cells = [line.strip("│").split("│") for line in console.export_text().splitlines() if line.startswith("│")]
    return {name.strip(): value.strip() for name, value in cells}


def test_any_spelling_has_lengths_and_a_trie(spelt: Lexicon) -> None:
    found = shown(spelt)
    assert found["<a_0><b_1>"] == "2" and found["items"] == "4"
    assert found["tokens an item"] == "mean 2.50, median 3, longest 3"
    # The root leads to 7 and 10; 7 to 8 and 9; 10 to 8; 7 8 to 20 and 21: 7 edges from 4 nodes.
    assert found["nodes of the trie"] == "8" and found["mean branching"] == "1.75"
    assert "largest collision" not in found


def test_a_semantic_spelling_has_figures_of_its_codes_too(spelt: Lexicon) -> None:
    found = shown(replace(spelt, codebook=Codebook((np.zeros((2, 4), np.float32), np.zeros((2, 4), np.float32)))))
    assert found["items that collided"] == "50.0%" and found["largest collision"] == "2 items"
    assert found["prefixes up to each level"] == "2, 3"
    # 3/4 and 1/4 on both levels: (3/4 ln 4/3 + 1/4 ln 4) / ln 2 = 0.8113.
    assert found["balance of each level"] == "0.811, 0.811"


def test_scores_stand_with_interval_and_trivial_predictor() -> None:
    console = Console(width=120, record=True, file=StringIO())
    scores = {
        "kinds": {"complete": {"tasks": 9, "answered": 8, "R@10": 0.25, "pairwise": None}},
        "intervals": {"complete": {"R@10": [0.125, 0.375]}},
        "trivial": {"complete": {"R@10": 0.5}},
        "trivial_methods": {"complete": {"R@10": "popular"}},
    }
    show_scores(scores, console)
    text = console.export_text()
    assert "complete: 9 tasks, 8 answered" in text
    (row,) = [line for line in text.splitlines() if "R@10" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "R@10",
        "0.2500",
        "0.1250 to 0.3750",
        "0.5000 (popular)",
    ]
    assert "pairwise" in text and "None" not in text
