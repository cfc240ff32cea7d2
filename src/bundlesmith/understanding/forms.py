"""Names in the form in which they are looked up, and the other forms in which people write them."""

import re
from collections.abc import Sequence

from bundlesmith.understanding.text import fold, is_han, split_words

_HAN_SPACE = re.compile("(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")


def key(name: str) -> str:
    """A name as it is looked up."""
    return join([word.text for word in split_words(fold(name))])


def join(words: Sequence[str]) -> str:
    """Words as one name."""
    spaced = " ".join(words)
    return spaced if spaced.isascii() else _HAN_SPACE.sub("", spaced)


def longer_name(name: str, word: str) -> str:
    """A name with one more word; "" is no name yet. The same as `join` of all its words."""
    apart = name and not (is_han(name[-1]) or is_han(word[0]))
    return f"{name} {word}" if apart else f"{name}{word}"


def forms(name: str) -> set[str]:
    """A name with its last word singular and plural; a form too many does no harm: nobody writes it."""
    found = {name, f"{name}s", f"{name}es"}
    for plural, singular in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if name.endswith(plural) and len(name) - len(plural) >= 2:
            found.add(name[: -len(plural)] + singular)
        if singular and name.endswith(singular):
            found.add(name[: -len(singular)] + plural)
    return found


def origins(form: str) -> set[str]:
    """All names of which a text is a form, and some others."""
    return forms(form) | {form[: -len(end)] for end in ("s", "es") if form.endswith(end) and len(form) > len(end)}


def first_word(name: str) -> str:
    """The word with which a name begins; in Chinese, the sign."""
    if name.isascii():
        return name.partition(" ")[0]
    return name[0] if is_han(name[0]) else re.split("[ \u3400-\u9fff]", name, maxsplit=1)[0]


def first_words(name: str) -> set[str]:
    """The first words of a name's forms."""
    first = first_word(name)
    return forms(first) if first == name else {first}
