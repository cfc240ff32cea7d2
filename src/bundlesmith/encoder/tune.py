"""Teaches all-MiniLM-L6-v2 which products a situation asks for, and writes what it learnt as a small adapter.

    python -m bundlesmith.encoder.tune        five minutes on two idle cores; rewrites bundlesmith/encoder/adapter

As it comes, the encoder puts "nobody has slept since tuesday" beside sleeping bags. `situations/*.jsonl` are situations
of shoppers, what a shop would call the set that answers each, and the types of products in it, written by a large
language model from general knowledge; it saw no catalogue and no request that anything here is measured by. A situation
and what it needs move together (`bundlesmith.encoder.contrastive`), in LoRA weights of every linear layer. They are
added at less than full strength: between the encoder as it came and the tuned one, what is asked in other words than
the situations' is found best (Wortsman et al., CVPR 2022; chosen by bench/everyday/valid.jsonl).
"""

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bundlesmith.embedding import MINILM
from bundlesmith.encoder.contrastive import SEED, fit, minilm
from bundlesmith.files import read_lines, write_json

SITUATIONS, ADAPTER = Path(__file__).with_name("situations"), Path(__file__).with_name("adapter")
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
NEEDS = 4
"""So many needs of a situation are paired with it."""
BATCH, LEARNING_RATE, RANK, LONGEST = 64, 5e-4, 32, 48
STRENGTH = 0.7


@dataclass(frozen=True, slots=True)
class Situation:
    """What a shopper says, what a set for it would be called, and the types of products that belong into it."""

    words: str
    name: str
    needs: tuple[str, ...]


def situations() -> list[Situation]:
    """All that the package ships."""
    rows = [json.loads(line) for path in sorted(SITUATIONS.glob("*.jsonl")) for line in read_lines(path)]
    return [Situation(row["words"], row["name"], tuple(row["needs"])) for row in rows]


def training_pairs(known: list[Situation]) -> list[tuple[str, str]]:
    """The words with the name and with some needs, the name with a need, two needs with each other; shuffled."""
    draw = random.Random(SEED)
    pairs = [pair for situation in known for pair in _pairs(situation, draw)]
    return draw.sample(pairs, len(pairs))


def _pairs(situation: Situation, draw: random.Random) -> Iterator[tuple[str, str]]:
    needs = draw.sample(situation.needs, len(situation.needs))
    yield situation.words, situation.name
    yield from ((situation.words, need) for need in needs[:NEEDS])
    yield situation.name, needs[-1]
    yield needs[0], needs[1]


def tune(pairs: list[tuple[str, str]], folder: Path, work: Path) -> None:
    """Learn an adapter from pairs of texts that belong together, and save it into *folder*, in half precision."""
    import torch
    from peft import LoraConfig

    model = minilm(LONGEST)
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=["query", "key", "value", "dense"]))
    fit(model, pairs, BATCH, LEARNING_RATE, work, report_every=20)
    model.to(torch.float16).save_pretrained(str(work))
    shutil.copyfile(work / WEIGHTS, folder / WEIGHTS)
    made = json.loads((work / CONFIG).read_text("utf-8"))
    kept = {name: made[name] for name in ("peft_type", "r", "target_modules", "bias", "lora_dropout")}
    kept["target_modules"].sort()
    write_json(folder / CONFIG, kept | {"lora_alpha": 2 * RANK * STRENGTH, "base_model_name_or_path": MINILM})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        tune(training_pairs(situations()), ADAPTER, Path(work))
