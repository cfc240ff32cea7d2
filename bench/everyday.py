"""Sets for requests in everyday words, on the sample shop: does what comes back serve the purpose that was meant?

    bundlesmith prepare --source sample --out build/demo/data
    python -m bench.everyday --url http://localhost:8000 [--model NAME] [--save FILE.jsonl]
    python -m bench.everyday --answers FILE.jsonl ... --data DIR
    python -m bench.everyday --write-requests FILE.jsonl

With `--requests valid` all of them take other requests, English ones (bench/everyday/valid.jsonl, two or more a theme):
to choose by, be it a threshold or a model. What is reported is measured with the others. `--requests oblique` are those
that leave more to guess than people mostly do ("last august I peeled like an onion. not this time"). With
`--shop second` they take the requests to the second shop (bench/second_shop.py), which has no department of the first.

The requests (bench/everyday/*.jsonl) describe a situation; none has a phrase of its theme's own intents. Each has its
purpose: a theme of the sample shop (bundlesmith/data/sample_shop/*.yaml), or several if it can honestly be read so;
then a set counts under the one that it serves best. Lines of an answers file have "words", and "sets" (lists of item
ids, the best first; at most three count) or one "set"; lines for other words are passed over. The figures, all of the
first answer but for the best of three:

- sensible: every item is of the purpose: its type is in a need of the theme, or among the types that fit;
- of the purpose: the share of such items;
- needs met: a need is one entry of the theme's `needs`, a type or a choice of types, and met if an item of the set is
  of such a type; the share of those that can be met, which are no more than the set has items;
- types: different types for each item;
- best of three: one of up to three answers is sensible;
- found: more than half of the items are of the purpose; sensible, if found: the same as sensible, among those.

No answer counts as a set of nothing: not sensible, 0 in all. With `--language all` each language has its own column.
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import polars as pl

from bench.table import Rows, publish
from bundlesmith.data.sample_shop.vocabulary import ProductType, Theme, Vocabulary, read_vocabulary
from bundlesmith.data.tables import load
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_lines

LANGUAGES = ("en", "zh")
VALID, OBLIQUE = "valid", "oblique"
SECOND = Path(__file__).with_name("second_shop")
DATA = {"sample": Path("build/demo/data"), "second": Path("build/second-shop/data")}
"""The shops, and where each is prepared if nothing else is said."""
SIZE, ANSWERS = "3:5", 3
FOUND = 0.5
"""The purpose is found if more than this share of the items is of it."""

Sets = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, the themes that it may mean, and the shop that has them."""

    words: str
    department: str
    purposes: tuple[str, ...]
    shop: str = "sample"


@dataclass(frozen=True, order=True, slots=True)
class SetFigures:
    """What one set is worth for one purpose; the greater serves its purpose better."""

    sensible: bool = False
    of_purpose: float = 0.0
    needs_met: float = 0.0
    types: float = 0.0
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the answers to one request are worth."""

    sets: tuple[SetFigures, ...]

    @property
    def first(self) -> SetFigures:
        return self.sets[0] if self.sets else SetFigures()

    @property
    def best_of_three(self) -> bool:
        return any(each.sensible for each in self.sets)

    @property
    def found(self) -> bool:
        return self.first.of_purpose > FOUND


@cache
def vocabulary(shop: str = "sample") -> Vocabulary:
    """What a shop was made of."""
    return read_vocabulary(SECOND) if shop == "second" else read_vocabulary()


def load_requests(language: str, shop: str = "sample") -> list[Request]:
    """The requests to a shop in a language, or in "all"; or VALID, or OBLIQUE. The second shop has one file."""
    names = LANGUAGES if language == "all" else (language,)
    files = [Path(__file__).with_suffix("") / f"{name}.jsonl" for name in names]
    if shop == "second":
        files = [SECOND / "requests.jsonl"]
    rows = [json.loads(line) for path in files for line in read_lines(path) if line.strip()]
    purposes = [tuple(row["purposes"] if "purposes" in row else [row["purpose"]]) for row in rows]
    return [Request(row["words"], row["department"], keys, shop) for row, keys in zip(rows, purposes, strict=True)]


def scored(sets: Sets, request: Request, items: Mapping[str, str]) -> Scored:
    """What *sets* of item ids, the best first, are worth; *items* has the type of each item of the shop."""
    kinds = [[items[item] for item in each] for each in sets[:ANSWERS]]
    themes = [vocabulary(request.shop).themes[key] for key in request.purposes]
    return Scored(tuple(max(set_figures(each, theme) for theme in themes) for each in kinds))


def set_figures(kinds: Sequence[str], theme: Theme) -> SetFigures:
    """What a set of items of these types is worth for a theme."""
    if not kinds:
        return SetFigures(purpose=theme.key)
    of_purpose = sum(kind in theme.types for kind in kinds) / len(kinds)
    can_be_met = min(len(theme.needs), len(kinds))
    met = min(can_be_met, sum(not set(need).isdisjoint(kinds) for need in theme.needs))
    return SetFigures(of_purpose == 1, of_purpose, met / can_be_met, len(set(kinds)) / len(kinds), theme.key)


def types_of(items: pl.DataFrame, shop: str = "sample") -> dict[str, str]:
    """The type of each item of a made-up shop, by its id: the shop numbers its products type by type.

    Raises:
        BundlesmithError: if an item's category or title is not of that type, or the shop has no such id.
    """
    types, found = _type_by_id(shop), dict[str, str]()
    for item, title, category in items.select("item_id", "title", "category").iter_rows():
        kind = types.get(item)
        names = [] if kind is None else _names(shop, kind.key)
        if kind is None or tuple(category) != kind.category or not any(name.search(title) for name in names):
            raise BundlesmithError(
                f'The item "{item}" ("{title}") is not of the {shop} shop as this version makes it.',
                "Make it again: `python -m bench.everyday --help` says how.",
            )
        found[item] = kind.key
    return found


def _type_by_id(shop: str) -> dict[str, ProductType]:
    types, numbers = dict[str, ProductType](), dict[str, int]()
    for kind in vocabulary(shop).types.values():
        for _ in range(kind.count):
            numbers[kind.prefix] = numbers.get(kind.prefix, 0) + 1
            types[f"{kind.prefix}-{numbers[kind.prefix]:04d}"] = kind
    return types


@cache
def _names(shop: str, key: str) -> list[re.Pattern[str]]:
    """What titles of a type look like: its names, with anything for each `<attribute>`."""
    names = [re.split(r"<\w+>", name) for name, _ in vocabulary(shop).types[key].names]
    return [re.compile(".+".join(map(re.escape, parts))) for parts in names]


def figures(results: Sequence[Scored]) -> dict[str, Any]:
    """The figures of a recommender over all requests, in percent; ± is half a 95% interval of "sensible"."""
    firsts = [result.first for result in results]
    sensible = [first.sensible for first in firsts]
    return {
        "requests": len(results),
        "sensible %": _percent(sensible),
        "±": 1.96 * 100 * float(np.std(sensible)) / len(results) ** 0.5,
        "of the purpose %": _percent([first.of_purpose for first in firsts]),
        "needs met %": _percent([first.needs_met for first in firsts]),
        "types %": _percent([first.types for first in firsts]),
        "best of three %": _percent([result.best_of_three for result in results]),
        "found %": _percent([result.found for result in results]),
        "sensible, if found %": _percent([result.first.sensible for result in results if result.found]),
    }


def _percent(values: Sequence[float]) -> float | None:
    return 100 * float(np.mean(values)) if len(values) else None


def read_answers(path: Path, requests: Sequence[Request], items: Mapping[str, str]) -> dict[str, Sets]:
    """The sets that a file has for each of the requests; one that is missing, or an unknown item, ends it."""
    rows = [json.loads(line) for line in read_lines(path) if line.strip()]
    sets = [row["sets"] if "sets" in row else [row["set"]] for row in rows]
    found = {row["words"]: [[str(item) for item in one] for one in each] for row, each in zip(rows, sets, strict=True)}
    if missing := [request.words for request in requests if request.words not in found]:
        raise SystemExit(f'{path} has no answer for {len(missing)} requests, such as "{missing[0]}".')
    answers: dict[str, Sets] = {request.words: found[request.words] for request in requests}
    if unknown := {item for each in answers.values() for one in each for item in one if item not in items}:
        raise SystemExit(f"{path} has items that the shop doesn't have, such as {min(unknown)}.")
    return answers


def asked(url: str, model: str, requests: Sequence[Request]) -> dict[str, Sets]:
    """What a running service answers to each request."""
    with httpx2.Client(base_url=url, timeout=None, trust_env=False) as client:
        return {request.words: _asked(client, model, request.words) for request in requests}


def _asked(client: httpx2.Client, model: str, words: str) -> list[list[str]]:
    body = {"words": words, "size": SIZE, "n": ANSWERS, "talk": False, "understand": False}
    body |= {"model": model} if model else {}
    answer = client.post("/v1/bundles", json=body)
    if not answer.is_success:
        raise SystemExit(f'"{words}": {answer.status_code}: {answer.text[:300]}')
    return [[str(item["item"]) for item in bundle["items"]] for bundle in answer.json()["bundles"]]


def write_lines(path: Path, rows: Rows) -> None:
    """Write one JSON object a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def measured(given: argparse.Namespace, languages: Sequence[str]) -> Rows:
    """The columns of the table: each that answers, in each language."""
    items = types_of(load(given.data or DATA[given.shop]).items, given.shop)
    requests = {language: load_requests(language, given.shop) for language in languages}
    every = [request for each in requests.values() for request in each]
    answers = {path.stem: read_answers(path, every, items) for path in given.answers}
    if given.url:
        answers[given.model or given.url] = said = asked(given.url, given.model, every)
        if given.save:
            write_lines(given.save, [{"words": words, "sets": sets} for words, sets in said.items()])
    return [
        {"": name, "language": language, **figures([scored(sets[each.words], each, items) for each in some])}
        for name, sets in answers.items()
        for language, some in requests.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a running service")
    parser.add_argument("--model", default="", help="which of its models; its default if not given")
    parser.add_argument("--save", type=Path, help="write what the service answers, as an answers file")
    parser.add_argument("--answers", type=Path, nargs="+", default=[], help="files of answers; each is a column")
    parser.add_argument("--shop", choices=DATA, default="sample", help="whose requests; the second has English ones")
    parser.add_argument("--data", type=Path, help="the prepared shop, if not build/demo/data or build/second-shop/data")
    parser.add_argument("--language", choices=(*LANGUAGES, "all"), default="en", help="all: a column for each")
    parser.add_argument("--write-requests", type=Path, metavar="FILE", help="write the requests, and nothing else")
    parser.add_argument("--requests", choices=("test", VALID, OBLIQUE), default="test", help="valid: to choose by")
    given = parser.parse_args()
    if given.requests != "test":
        given.language = given.requests
    if given.shop == "second" and given.language != "en":
        parser.error("the second shop has only one file of requests, in English")
    languages = LANGUAGES if given.language == "all" else (given.language,)
    if given.write_requests:
        requests = load_requests(given.language, given.shop)
        write_lines(given.write_requests, [{"words": request.words} for request in requests])
    elif given.url or given.answers:
        publish("everyday" if given.shop == "sample" else "everyday-second", measured(given, languages), upright=True)
    else:
        parser.error("give --url, --answers or --write-requests")


if __name__ == "__main__":
    main()
