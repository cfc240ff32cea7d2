"""The encoder with the adapter that the package ships, merged for real."""

import pytest

from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import MINILM, embed

pytestmark = pytest.mark.slow


def test_words_lie_nearer_to_what_they_need_than_by_the_encoder_as_it_comes() -> None:
    needs = ["night light", "tent", "dumbbells", "fountain pen", "dog lead", "drill"]
    asked = {
        "nobody in this house has slept since she was born": 0,
        "two nights in the woods, we own nothing": 1,
        "the stairs leave me out of breath, I want muscles": 2,
        "he grew out of his lead and pulls at every squirrel": 4,
        "the landlord won't come, these shelves have to go up": 5,
    }
    right = {}
    for encoder in (MINILM, str(shopping_encoder())):
        found = (embed(list(asked), encoder) @ embed(needs, encoder).T).argmax(1).tolist()
        right[encoder] = sum(at == wanted for at, wanted in zip(found, asked.values(), strict=True))
    assert right[str(shopping_encoder())] >= max(4, right[MINILM])


def test_the_merged_encoder_is_kept_and_found_again() -> None:
    folder = shopping_encoder()
    shopping_encoder.cache_clear()
    before = (folder / "config.json").stat()
    assert shopping_encoder() == folder and (folder / "config.json").stat() == before
