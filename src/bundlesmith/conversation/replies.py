"""What the assistant says, in the shopper's language; and what a shop has to say of topics of its own.

    replies("en").say("undo")
    shop_texts(Path("texts.yaml")).topic("returns", "en")

Texts are Jinja templates in `en.yaml` and `zh.yaml`, those of rules in the files of `bundlesmith.understanding`. What
is put in is data: it is never a template.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict, ValidationError

from bundlesmith.errors import BundlesmithError
from bundlesmith.understanding.language import load_language

_TEMPLATES = Environment(undefined=StrictUndefined, autoescape=False)  # plain text; a page escapes what it shows
_ENOUGH = 2
"""So many words of a language tell it."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Replies:
    """The texts of one language."""

    texts: Mapping[str, Template]

    def say(self, name: str, **values: Any) -> str:
        """A text; *name* is a key, or of a rule: "rules.budget.loosen"."""
        return self.texts[name].render(**values)


@cache
def replies(language: str) -> Replies:
    """The texts of a language that the assistant speaks."""
    texts: dict[str, str] = _read(f"{language}.yaml")
    for rule, said in load_language(language).rules.items():
        texts |= {f"rules.{rule}.{name}": text for name, text in said.items()}
    return Replies({name: _TEMPLATES.from_string(text) for name, text in texts.items()})


def _read(name: str) -> Any:
    return yaml.safe_load(files(__package__).joinpath(name).read_text("utf-8"))


class Foreign(BaseModel):
    """A language that isn't spoken: its letters (a pattern) or telling words, and what is said in it."""

    model_config = ConfigDict(extra="forbid")

    letters: str = ""
    words: str = ""
    say: str


class ShopTexts(BaseModel):
    """What a shop gives: answers to topics by language, and sentences in languages that aren't spoken.

    Attributes:
        topics: "returns": {"en": "Within 30 days, see https://…", "zh": "…"}; see `topics` in the languages' files.
        languages: see `Foreign`; by code.
    """

    model_config = ConfigDict(extra="forbid")

    topics: dict[str, dict[str, str]] = {}
    languages: dict[str, Foreign] = {}

    def topic(self, name: str, language: str) -> str:
        """The shop's answer; "" if it gives none."""
        answers = self.topics.get(name, {})
        return answers.get(language, answers.get("en", ""))


def shop_texts(path: Path) -> ShopTexts:
    """Read a shop's texts.

    Raises:
        BundlesmithError: if the file can't be read, or has a key that isn't known.
    """
    try:
        return ShopTexts.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BundlesmithError(f'"{path}" can\'t be read: {error}.', "Give a YAML file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BundlesmithError(f'"{path}": {where}: {first["msg"]}.', "See docs/conversation.md.") from error


@dataclass(frozen=True, slots=True)
class Foreigners:
    """Tells languages that the assistant doesn't speak."""

    known: Mapping[str, Foreign]

    def told(self, text: str) -> str:
        """The code of the language of a text; "" if it is one that is spoken, or isn't known."""
        for code, one in self.known.items():
            if one.letters and re.search(one.letters, text):
                return code
        words = [word.lower() for word in _WORD.findall(text)]
        telling = {code: set(one.words.split()) for code, one in self.known.items()}
        found = {code: sum(word in some for word in words) for code, some in telling.items()}
        code = max(found, key=lambda code: found[code], default="")
        if not code or not found[code]:
            return ""
        english = sum(word in _english() for word in words)
        if found[code] == len(words) and not english:
            return code
        return code if found[code] >= _ENOUGH and found[code] > english and 3 * found[code] >= len(words) else ""


@cache
def foreigners() -> Foreigners:
    """The languages that the package knows of."""
    return Foreigners({code: Foreign(**values) for code, values in _read("languages.yaml").items() if code != "en"})


@cache
def _english() -> frozenset[str]:
    return frozenset(_read("languages.yaml")["en"]["words"].split())
