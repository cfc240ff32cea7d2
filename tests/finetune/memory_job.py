"""Write and read a shop's examples as a fine-tune does, and say how much memory that takes: `memory_job.py FOLDER`.

Then all examples are read into one list, to show that this would be seen.
"""

import json
import random
import re
import sys
import time
from itertools import islice
from pathlib import Path
from threading import Thread

import polars as pl

from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.data.cases import load_cases
from bundlesmith.data.catalogue import load_catalogue
from bundlesmith.data.tables import BUNDLES, EVENTS, ITEMS
from bundlesmith.decoding.lexicon import build_lexicon
from bundlesmith.finetune.blocks import packed_blocks, stored
from bundlesmith.finetune.examples import ExampleWriter
from bundlesmith.settings import Examples

USERS, SESSIONS, ITEM_COUNT = 20, 1600, 300
COLOURS, THINGS = ("red", "blue", "green"), ("cup", "mug", "pot", "tray", "spoon")
MIX = {"history": 2, "request": 3, "rest": 0, "session": 0, "explain": 0, "spell": 0}
SETTINGS = Examples.model_validate({"talk_share": 0, "mix": MIX})


def make(folder: Path) -> None:
    """A shop of many sessions: in each, 64 items are seen and 60 of them are a bundle."""
    rng = random.Random(0)
    items = [
        {
            "item_id": str(n),
            "title": f"{COLOURS[n % 3]} {THINGS[n % 5]} of kind {n}",
            "category": [],
            "attributes": "{}",
        }
        for n in range(ITEM_COUNT)
    ]
    events, bundles = [], []
    for session in range(SESSIONS):
        seen, user = [str(row) for row in rng.sample(range(ITEM_COUNT), 64)], f"u{session % USERS}"
        whose = {"user_id": user, "session_id": f"s{session}", "split": "train"}
        events += [
            whose | {"item_id": item, "timestamp": session * 100 + at, "kind": "view"} for at, item in enumerate(seen)
        ]
        bundles.append(
            whose | {"bundle_id": str(session), "timestamp": session * 100, "items": seen[:60], "intent": "tea time"}
        )
    for name, rows, schema in (("items", items, ITEMS), ("events", events, EVENTS), ("bundles", bundles, BUNDLES)):
        pl.DataFrame(rows, schema=schema).write_parquet(folder / f"{name}.parquet")


class Peak(Thread):
    """Looks all the time how much private memory this process holds; files that are mapped are not private."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.start_bytes = self.most = private_bytes()
        self.start()

    def run(self) -> None:
        while True:
            self.most = max(self.most, private_bytes())
            time.sleep(0.01)

    def growth(self) -> int:
        """By how much it grew at the most, in bytes."""
        self.most = max(self.most, private_bytes())
        return self.most - self.start_bytes


def private_bytes() -> int:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def main(folder: Path) -> None:
    """Use everything once, so that libraries have what they need, and then look how much more is used."""
    make(folder)
    catalogue = load_catalogue(folder / "items.parquet", False)
    tokenizer = load_tokenizer(SMOLLM2)
    cases = load_cases(folder, catalogue, "train")
    lexicon = build_lexicon(catalogue, cases.intents(), tokenizer, "terms")
    writer = ExampleWriter(lexicon, catalogue, tokenizer, True, SETTINGS)
    packed_blocks(stored(folder / "warm.arrow", [islice(writer.epoch(cases, 1), 2500)]), 1024, 1)[0]

    peak = Peak()
    blocks = packed_blocks(stored(folder / "train.arrow", [writer.epoch(cases, 1)]), 1024, 1)
    tokens = sum(len(example.prompt) + len(example.answer) for block in blocks for example in block)
    streamed = peak.growth()
    held = blocks[:]
    figures = {
        "examples": sum(map(len, held)),
        "all_tokens_read": tokens == blocks.tokens,
        "file": (folder / "train.arrow").stat().st_size,
        "streamed": streamed,
        "held": peak.growth(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
