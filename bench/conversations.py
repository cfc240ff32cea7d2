"""Conversations with a service, and single sentences: is what is said understood, and does each turn help?

    python -m bench.conversations --url http://localhost:8000 [--kept] [--random 1000] [--items RUN/items.parquet]
    make bench-conversations

`bench/conversations/sentences.yaml` has sentences with what they mean; `bench/conversations/talks.yaml` has
conversations with what must hold after each turn. `--kept` reads the halves that nobody looked at while the grammar
was written. A rule that is understood and wrong counts as three that are missed.
"""

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pyarrow.parquet as pq
import yaml

from bundlesmith.pipeline.ask import Ask

HERE = Path(__file__).with_name("conversations")
WRONG = 3
"""A wrong rule counts as so many missed ones."""
JUNK = ["", "asdf qwer", "???", "bonjour je cherche un cadeau", "100", "no", "yes", "why?", "undo", "start over", "😀"]
TURNS = 8
Names = dict[str, str]
"""Title and category of an item by its id."""


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--random", type=int, default=0, help="only so many random conversations")
    parser.add_argument("--kept", action="store_true", help="the kept halves")
    parser.add_argument("--items", type=Path, help="the run's items: which ones a rule names is judged, too")
    parser.add_argument("--show", action="store_true", help="print what isn't as it should be")
    options = parser.parse_args()
    half = "kept-" if options.kept else ""
    with httpx2.Client(base_url=options.url, timeout=120, trust_env=False) as client:
        if options.random:
            print(f"{'random conversations that broke':40s} {wild(client, options.random)} of {options.random}")
            return
        told = sentences(client, read(f"{half}sentences"), names_of(options.items), options.show)
        for name, value in {**told, **talks(client, read(f"{half}talks"), options.show)}.items():
            print(f"{name:40s} {value}")


def read(name: str) -> list[Any]:
    """The rows of a file of `bench/conversations`."""
    rows: list[Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    return rows


def names_of(items: Path | None) -> Names:
    """What each item is called: its title and its category."""
    if items is None:
        return {}
    rows = pq.read_table(items, columns=["item_id", "title", "category"]).to_pylist()
    return {row["item_id"]: " > ".join([row["title"], *row["category"]]) for row in rows}


def sentences(client: httpx2.Client, rows: Sequence[dict[str, Any]], names: Names, show: bool) -> dict[str, str]:
    """How many sentences are understood: acts, rules; and how many rules are wrong."""
    acts = right = wrong = expected = 0
    took: list[float] = []
    for row in rows:
        began = time.perf_counter()
        body = {"text": row["say"], **({"state": BEFORE} if row.get("after") else {})}
        found = client.post("/v1/understand", json=body).raise_for_status().json()
        took.append(time.perf_counter() - began)
        wanted = {field: value for field, value in row.items() if field not in ("say", "act", "after")}
        judged = {field: value for field, value in wanted.items() if value != "any"}
        ask = found["state"].get("ask", {})
        got = {field: value for field, value in ask.items() if field not in ("words", "user", "items")}
        good = sum(holds(value, got.get(field, DEFAULTS.get(field)), names) for field, value in judged.items())
        bad = sum(field not in wanted or not holds(wanted[field], value, names) for field, value in got.items())
        fits = found["act"] in str(row["act"]).split("|")
        acts += fits
        expected += max(len(judged), 1)
        right += good if judged else not bad
        wrong += bad
        if show and (good < len(judged) or bad or not fits):
            print("  ", row, "->", found["act"], {field: str(value)[:60] for field, value in got.items()})
    n = len(rows)
    return {
        "sentences": str(n),
        "acts right": f"{acts / n:.1%}",
        "rules right": f"{right / expected:.1%}",
        "rules silently wrong": f"{wrong / expected:.1%}",
        "right, less 3 for each wrong": f"{(right - WRONG * wrong) / expected:.1%}",
        "milliseconds, median and worst": f"{1000 * statistics.median(took):.0f}, {1000 * max(took):.0f}",
    }


DEFAULTS = Ask().model_dump()
"""A rule that is as it is by itself holds, too."""
BEFORE = {"ask": {"words": "a weekend camping trip"}, "sets": [["CAMP-0001", "CAMP-0033", "CAMP-0027"]]}
"""The conversation that a sentence comes after, where it says `after`."""


def holds(wanted: Any, got: Any, names: Names) -> bool:
    """Whether a rule is as expected. A list is "some", or all its items' names hold one of the words ("Kettle|Pot")."""
    if wanted == "any":
        return True
    if not isinstance(wanted, str) or not got:
        return bool(wanted == got)
    if isinstance(got, str):
        return got in wanted.split("|")
    return wanted == "some" or all(any(word in names.get(one, one) for word in wanted.split("|")) for one in got)


def talks(client: httpx2.Client, rows: Sequence[Sequence[dict[str, Any]]], show: bool) -> dict[str, str]:
    """How many of the checks of the conversations hold."""
    held = checks = whole = turns = faultless = 0
    for row in rows:
        talk, good = Talk(client), True
        for turn in row:
            told, before = talk.say(turn["say"]), (held, checks)
            for check, value in turn.items():
                if check != "say":
                    checks += 1
                    fine = CHECKS[check](talk, told, value)
                    held += fine
                    good = good and fine
                    if show and not fine:
                        said = talk.content[:200].replace("\n", " / ")
                        print("  ", turn["say"], check, value, "->", told["act"], said)
            turns += 1
            faultless += held - before[0] == checks - before[1]
        whole += good
    return {
        "conversations": str(len(rows)),
        "turns of which every check holds": f"{faultless / turns:.1%} of {turns}",
        "checks of turns that hold": f"{held / checks:.1%} of {checks}",
        "conversations without a fault": f"{whole / len(rows):.1%}",
    }


class Talk:
    """A conversation."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client, self.state, self.content = client, dict[str, Any](), ""
        self.items: list[dict[str, Any]] = []
        self.before: list[dict[str, Any]] = []

    def say(self, text: str) -> dict[str, Any]:
        """Say something: what is told."""
        body = {"messages": [{"role": "user", "content": text or " "}], **({"state": self.state} if self.state else {})}
        answer = self._client.post("/v1/chat/completions", json=body).raise_for_status().json()
        told: dict[str, Any] = answer["bundlesmith"]
        self.content, self.state = answer["choices"][0]["message"]["content"], told["state"]
        if told["answer"]["bundles"]:
            self.before, self.items = self.items, told["answer"]["bundles"][0]["items"]
        return told


def _ids(items: list[dict[str, Any]]) -> set[str]:
    return {item["item"] for item in items}


def _total(items: list[dict[str, Any]]) -> float:
    return round(sum(item["price"] or 0 for item in items), 2)


CHECKS: dict[str, Any] = {
    "act": lambda talk, told, value: told["act"] in value.split("|"),
    "words_only": lambda talk, told, value: bool(talk.content) and not told["answer"]["bundles"],
    "set": lambda talk, told, value: bool(told["answer"]["bundles"]),
    "sets": lambda talk, told, value: len(told["answer"]["bundles"]) == value,
    "size": lambda talk, told, value: len(talk.items) == value,
    "under": lambda talk, told, value: bool(told["answer"]["bundles"]) and _total(talk.items) <= value,
    "cheaper": lambda talk, told, value: _total(talk.items) < _total(talk.before),
    "purpose": lambda talk, told, value: value in told["ask"].get("words", ""),
    "kept": lambda talk, told, value: len(_ids(talk.items) & _ids(talk.before)) >= value,
    "has": lambda talk, told, value: any(value in (item["title"], *item["category"]) or value in item["title"]
                                         for item in talk.items),
    "no": lambda talk, told, value: not any(value in item["category"] or value in item["title"] for item in talk.items),
    "offers": lambda talk, told, value: len(told["suggestions"]) >= value,
    "says": lambda talk, told, value: value in talk.content,
}  # fmt: skip


def wild(client: httpx2.Client, many: int) -> int:
    """How many random conversations break: by an error, by nothing said, by a set beyond the rules that are stated."""
    rng, broken = random.Random(0), 0
    said = [row["say"] for row in read("sentences")] + JUNK
    for _ in range(many):
        talk, turns = Talk(client), [rng.choice(said) for _ in range(TURNS)]
        for at, text in enumerate(turns):
            if fault := _fault(talk, text):
                print("  ", turns[: at + 1], "->", fault)
                broken += 1
                break
    return broken


def _fault(talk: Talk, text: str) -> str:
    try:
        told = talk.say(text)
    except httpx2.HTTPStatusError as error:
        return error.response.text[:200]
    bundles = told["answer"]["bundles"]
    if not (bundles or talk.content.strip()):
        return "nothing said"
    return next((fault for bundle in bundles if (fault := beyond(bundle["items"], told["ask"]))), "")


def beyond(items: Sequence[dict[str, Any]], ask: dict[str, Any]) -> str:
    """Which of the rules that an answer states a set breaks; "" if none."""
    least, _, most = str(ask.get("size", "2:5")).partition(":")
    chosen, prices = ask.get("items", []), [item["price"] for item in items if item["item"] not in ask.get("items", [])]
    kinds = Counter(tuple(item["category"]) for item in items)
    broken = {
        "size": not int(least) <= len(items) <= int(most or least),
        "budget": "budget" in ask and _total(items) > ask["budget"] + 0.005,
        "max_price": "max_price" in ask and any(price is None or price > ask["max_price"] for price in prices),
        "min_price": "min_price" in ask and any(price is None or price < ask["min_price"] for price in prices),
        "exclude": bool(_ids(items) & set(ask.get("exclude", [])) - set(chosen)),
        "only": "only" in ask and bool(_ids(items) - set(ask["only"]) - set(chosen)),
        "per_category": max(kinds.values()) > ask.get("per_category", len(items)),
    }
    return ", ".join(f"{name} {ask.get(name)}" for name, wrong in broken.items() if wrong)


if __name__ == "__main__":
    main()
