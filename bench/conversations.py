"""Conversations with a service, and single sentences: is what is said understood, and does each turn help?

    python -m bench.conversations --url http://localhost:8000 [--random 1000]
    make bench-conversations

`bench/conversations/sentences.yaml` has sentences with what they mean; `bench/conversations/talks.yaml` has
conversations with what must hold after each turn. A rule that is understood and wrong counts as three that are missed.
"""

import argparse
import random
import statistics
import time
from pathlib import Path
from typing import Any

import httpx2
import yaml

HERE = Path(__file__).with_name("conversations")
WRONG = 3
"""A wrong rule counts as so many missed ones."""
JUNK = ["", "asdf qwer", "???", "bonjour je cherche un cadeau", "100", "no", "yes", "why?", "undo", "start over", "😀"]
TURNS = 8


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--random", type=int, default=0, help="so many random conversations, too")
    parser.add_argument("--show", action="store_true", help="print what isn't as it should be")
    options = parser.parse_args()
    with httpx2.Client(base_url=options.url, timeout=120, trust_env=False) as client:
        for name, value in {**sentences(client, options.show), **talks(client, options.show)}.items():
            print(f"{name:40s} {value}")
        if options.random:
            print(f"{'random conversations that broke':40s} {wild(client, options.random)} of {options.random}")


def sentences(client: httpx2.Client, show: bool) -> dict[str, str]:
    """How many sentences are understood: acts, rules; and how many rules are wrong."""
    rows = yaml.safe_load((HERE / "sentences.yaml").read_text("utf-8"))
    acts = right = wrong = expected = 0
    took: list[float] = []
    for row in rows:
        began = time.perf_counter()
        body = {"text": row["say"], **({"state": BEFORE} if row.get("after") else {})}
        found = client.post("/v1/understand", json=body).raise_for_status().json()
        took.append(time.perf_counter() - began)
        acts += found["act"] in str(row["act"]).split("|")
        wanted = {field: value for field, value in row.items() if field not in ("say", "act", "after")}
        got = rules_of(found["state"].get("ask", {}), bool(row.get("after")))
        expected += max(len(wanted), 1)
        good = sum(holds(value, got.get(field)) for field, value in wanted.items())
        bad = sum(field not in wanted or not holds(wanted[field], value) for field, value in got.items())
        right += good if wanted else not bad
        wrong += bad
        if show and (good < len(wanted) or bad or found["act"] not in str(row["act"]).split("|")):
            print("  ", row, "->", found["act"], got)
    n = len(rows)
    return {
        "sentences": str(n),
        "acts right": f"{acts / n:.1%}",
        "rules right": f"{right / expected:.1%}",
        "rules silently wrong": f"{wrong / expected:.1%}",
        "right, less 3 for each wrong": f"{(right - WRONG * wrong) / expected:.1%}",
        "milliseconds, median and worst": f"{1000 * statistics.median(took):.0f}, {1000 * max(took):.0f}",
    }


BEFORE = {"ask": {"words": "a weekend camping trip"}, "sets": [["CAMP-0001", "CAMP-0033", "CAMP-0027"]]}
"""The conversation that a sentence comes after, where it says `after`."""


def rules_of(ask: dict[str, Any], after: bool) -> dict[str, Any]:
    """The rules of a request, without its purpose."""
    return {field: value for field, value in ask.items() if field not in ("words", "user", "items")}


def holds(wanted: Any, got: Any) -> bool:
    """Whether a rule is as expected; of long lists only that there is one is expected (`some`)."""
    return bool(got) if wanted == "some" else wanted == got


def talks(client: httpx2.Client, show: bool) -> dict[str, str]:
    """How many of the checks of the conversations hold."""
    rows = yaml.safe_load((HERE / "talks.yaml").read_text("utf-8"))
    held = checks = whole = 0
    for row in rows:
        talk, good = Talk(client), True
        for turn in row:
            told = talk.say(turn["say"])
            for check, value in turn.items():
                if check != "say":
                    checks += 1
                    fine = CHECKS[check](talk, told, value)
                    held += fine
                    good = good and fine
                    if show and not fine:
                        said = talk.content[:200].replace("\n", " / ")
                        print("  ", turn["say"], check, value, "->", told["act"], said)
        whole += good
    return {
        "conversations": str(len(rows)),
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
    "purpose": lambda talk, told, value: value in told["state"]["ask"]["words"],
    "kept": lambda talk, told, value: len(_ids(talk.items) & _ids(talk.before)) >= value,
    "has": lambda talk, told, value: any(value in (item["title"], *item["category"]) or value in item["title"]
                                         for item in talk.items),
    "no": lambda talk, told, value: not any(value in item["category"] or value in item["title"] for item in talk.items),
    "offers": lambda talk, told, value: len(told["suggestions"]) >= value,
    "says": lambda talk, told, value: value in talk.content,
}  # fmt: skip


def wild(client: httpx2.Client, many: int) -> int:
    """How many random conversations end in an error, or in nothing."""
    rng, broken = random.Random(0), 0
    said = [row["say"] for row in yaml.safe_load((HERE / "sentences.yaml").read_text("utf-8"))] + JUNK
    for _ in range(many):
        talk = Talk(client)
        try:
            broken += not all(talk.say(rng.choice(said)) and talk.content.strip() for _ in range(TURNS))
        except httpx2.HTTPStatusError:
            broken += 1
    return broken


if __name__ == "__main__":
    main()
