"""Teaches all-MiniLM-L6-v2 which products a situation asks for, and writes what it learnt as a small adapter.

    python -m bundlesmith.encoder.tune        half an hour on two idle cores; rewrites bundlesmith/encoder/adapter

As it comes, the encoder puts "nobody has slept since tuesday" beside sleeping bags. What people say in a situation and
what it needs (`bundlesmith.encoder.situations`) move together (`bundlesmith.encoder.contrastive`), in LoRA weights of
every linear layer. They are added at less than full strength: between the encoder as it came and the tuned one, what is
asked in other words than the situations' is found best (Wortsman et al., CVPR 2022; chosen by
bench/everyday/valid.jsonl).
"""

import json
import math
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bundlesmith.encoder.contrastive import TUNING_SEED, fit_pairs, minilm
from bundlesmith.encoder.embedding import MINILM
from bundlesmith.encoder.situations import Situation, situations
from bundlesmith.files import write_json

ADAPTER_FOLDER = Path(__file__).with_name("adapter")
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
NEEDS = 3
"""So many needs of a situation are paired with each of its words."""
BATCH, LEARNING_RATE, RANK, LONGEST = 64, 5e-4, 32, 48
STRENGTH = 0.7


def training_pairs(known: Sequence[Situation]) -> list[tuple[str, str]]:
    """What is said with the name and with some needs; in each situation some names and needs with needs; shuffled."""
    draw = random.Random(TUNING_SEED)
    pairs = [pair for situation in known for pair in _pairs(situation, draw)]
    return draw.sample(pairs, len(pairs))


def _pairs(situation: Situation, draw: random.Random) -> Iterator[tuple[str, str]]:
    needs = situation.needs
    for words in situation.words:
        yield words, situation.name
        yield from ((words, need) for need in draw.sample(needs, min(NEEDS, len(needs))))
    for _ in range(math.ceil(len(situation.words) / 3)):
        yield situation.name, draw.choice(needs)
        one, other = draw.sample(needs, 2)
        yield one, other


def tune(pairs: list[tuple[str, str]], folder: Path, work: Path) -> None:
    """Learn an adapter from pairs of texts that belong together, and save it into *folder*, in half precision."""
    import torch
    from peft import LoraConfig

    model = minilm(LONGEST)
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=["query", "key", "value", "dense"]))
    fit_pairs(model, pairs, BATCH, LEARNING_RATE, work, report_every=20)
    model.to(torch.float16).save_pretrained(str(work))
    shutil.copyfile(work / WEIGHTS, folder / WEIGHTS)
    made = json.loads((work / CONFIG).read_text("utf-8"))
    kept = {name: made[name] for name in ("peft_type", "r", "target_modules", "bias", "lora_dropout")}
    kept["target_modules"].sort()
    write_json(folder / CONFIG, kept | {"lora_alpha": 2 * RANK * STRENGTH, "base_model_name_or_path": MINILM})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        tune(training_pairs(situations()), ADAPTER_FOLDER, Path(work))
