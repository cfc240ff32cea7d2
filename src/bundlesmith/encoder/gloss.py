"""Chinese words of shoppers in English, for encoders that read English and for catalogues that are written in it.

    in_english("想送妈妈一份茶礼")      "mum tea gift"

The words are in `gloss.yaml`; nothing is translated that isn't there.
"""

import re
from functools import cache
from importlib.resources import files

import yaml

_HAN = re.compile(r"[㐀-䶿一-鿿]")


@cache
def glosses() -> dict[str, tuple[str, ...]]:
    """What Chinese words are called in English, the likeliest name first."""
    text = files(__package__).joinpath("gloss.yaml").read_text("utf-8")
    return {word: tuple(name.strip() for name in names.split(",")) for word, names in yaml.safe_load(text).items()}


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """Other English names of what an English name means: those of the same Chinese word."""
    found: dict[str, dict[str, None]] = {}
    for names in glosses().values():
        for name in names:
            found.setdefault(name, {}).update(dict.fromkeys(other for other in names if other != name))
    return {name: tuple(others) for name, others in found.items() if others}


@cache
def _chinese() -> dict[str, str]:
    found: dict[str, str] = {}
    for word, names in glosses().items():
        for name in names:
            found.setdefault(name, word)
    return found


def in_chinese(name: str) -> str:
    """The name of a category in Chinese, as far as the parts that it is made of are known; "" if none is."""
    parts = [part.strip().lower() for part in re.split("&|,|/| and ", name)]
    known = (_chinese().get(part) or _chinese().get(part.removesuffix("s")) for part in parts)
    return "、".join(dict.fromkeys(word for word in known if word))


@cache
def longest_gloss() -> int:
    """The length of the longest word."""
    return max(map(len, glosses()))


def has_chinese(text: str) -> bool:
    """Whether a text has a Chinese character."""
    return _HAN.search(text) is not None


def in_english(text: str) -> str:
    """A text with its Chinese words in English, the longest first, and without those that aren't known.

    A text without any Chinese, or of which no word is known, stays as it is.
    """
    if not has_chinese(text):
        return text
    found: list[str] = []
    known = at = 0
    while at < len(text):
        for end in range(min(len(text), at + longest_gloss()), at, -1):
            if text[at:end] in glosses():
                found.append(f" {glosses()[text[at:end]][0]} ")
                known, at = known + 1, end
                break
        else:
            found.append(" " if _HAN.match(text[at]) or not text[at].isalnum() else text[at])
            at += 1
    return " ".join("".join(found).split()) if known else text
