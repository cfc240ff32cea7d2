"""How fast a fine-tune is: ours, TRL's SFTTrainer, and the machine's own peak, on the same examples, in one run.

    make bench-finetune

All train the same LoRA on the same model with the same tokens and learning rate, turn by turn, each in a process of its
own; in float32, and ours also with the frozen weights in bfloat16. The models: SmolLM2-135M, and some layers of the
shape of SmolLM2-1.7B with weights at random, because the wider a model is, the less weighs what it costs besides its
matrix products. Useful examples are those whose answer is learnt; padding is not counted. Model FLOPs are those that
the mathematics needs (`needed`), whatever an implementation does besides; the peak is the best matrix product that
torch does on this machine in the same type. A shared machine keeps its best moment up for none of a training's
minutes; so beside it stands what products alone keep up, measured for some seconds right after each training.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from bench.table import publish
from bundlesmith.data.tables import load
from bundlesmith.finetune.examples import Example
from bundlesmith.finetune.finetune import Lesson, load_lesson
from bundlesmith.finetune.model import base_model, with_adapter
from bundlesmith.finetune.packing import pack
from bundlesmith.settings import Settings, load_settings

TURNS = 2
WARMING = 12
"""Examples that are trained first, and not timed."""
HOW = {
    "bundlesmith": "packed, loss on answers",
    "bundlesmith-bfloat16": "the same with `dtype: bfloat16`",
    "trl": "SFTTrainer's defaults, but for bfloat16",
    "trl-plain": "the same without gradient checkpointing",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to be trained.

    Attributes:
        shape: of a Llama with weights at random; none of the base model itself.
        examples: how many are timed; they fill our blocks, two of which are a step, so that none is trained twice.
        tools: what trains it.
    """

    shape: dict[str, int]
    examples: int
    tools: tuple[str, ...]

    def model(self, settings: Settings, tokenizer: Any) -> Any:
        if not self.shape:
            return base_model(settings, tokenizer)
        from transformers import AutoModelForCausalLM, LlamaConfig

        config = LlamaConfig(vocab_size=len(tokenizer), tie_word_embeddings=True, **self.shape)
        return AutoModelForCausalLM.from_config(config)


WIDE = {"hidden_size": 2048, "intermediate_size": 8192, "num_attention_heads": 32, "num_hidden_layers": 8}
SUBJECTS = {
    "SmolLM2-135M": Subject({}, 100, tuple(HOW)),
    "SmolLM2-1.7B's shape, 8 of 24 layers": Subject(WIDE, 50, ("bundlesmith", "trl")),
}


def chosen(lesson: Lesson, examples: int) -> list[Example]:
    """The examples that all tools train, those that warm up first."""
    written = list(lesson.writer.epoch(islice(lesson.train, 300), 5))
    return random.Random(5).sample(written, WARMING + examples)


def needed(model: Any, examples: Sequence[Example]) -> float:
    """FLOPs that training a LoRA on *examples* needs.

    Forward, 2 for each weight and token; backward through frozen weights 2 more (their own gradients aren't needed),
    and 4 for the adapter's own. The vocabulary's weights count for the tokens of answers alone. Attention takes
    4 T d for each token and layer forward, T being half of the tokens of its example, and twice that backward.
    """
    config, parameters = model.config, dict(model.named_parameters())
    adapter = sum(p.numel() for name, p in parameters.items() if "lora_" in name)
    frozen = sum(p.numel() for name, p in parameters.items() if "proj.base_layer.weight" in name)
    tokens = [len(e.prompt) + len(e.answer) for e in examples]
    body = sum(tokens) * (4 * frozen + 6 * adapter)
    head = sum(len(e.answer) for e in examples) * 4 * config.vocab_size * config.hidden_size
    attention = sum(n * n / 2 for n in tokens) * 12 * config.hidden_size * config.num_hidden_layers
    return float(body + head + attention)


def dtype_of(tool: str) -> str:
    return "bfloat16" if tool.endswith("bfloat16") else "float32"


def products(dtype: str) -> tuple[float, float]:
    """FLOPs a second that matrix products reach, over the models' own shapes and a large square one.

    Returns:
        of the fastest moment; and of all products together, for some seconds one after another.
    """
    import torch

    kind = getattr(torch, dtype)
    best = flops = seconds = 0.0
    for rows, inner, columns in (
        (1024, 576, 1536),
        (1024, 1536, 576),
        (1024, 2048, 8192),
        (1024, 8192, 2048),
        (2048, 2048, 2048),
    ):
        a, b = torch.randn(rows, inner).to(kind), torch.randn(inner, columns).to(kind)
        for _ in range(20):
            start = time.perf_counter()
            for _ in range(3):
                torch.mm(a, b)
            took, made = time.perf_counter() - start, 3 * 2 * rows * inner * columns
            best, flops, seconds = max(best, made / took), flops + made, seconds + took
    return best, flops / seconds


def train_ours(model: Any, lesson: Lesson, settings: Settings, examples: Sequence[Example], work: Path) -> None:
    from bundlesmith.finetune.attention import attend_apart
    from bundlesmith.finetune.fuse import fuse
    from bundlesmith.finetune.train import train

    attend_apart(model.get_base_model())
    if reason := fuse(model):
        raise SystemExit(reason)
    starts = pack((len(e.prompt) + len(e.answer) for e in examples), settings.training.block_tokens)
    blocks = [list(examples[start:stop]) for start, stop in pairwise(starts.tolist())]
    train(model, settings.training, blocks, [], lesson.lexicon, work)


def train_trl(
    model: Any, lesson: Lesson, settings: Settings, examples: Sequence[Example], work: Path, **options: Any
) -> None:
    """SFTTrainer on examples that are tokenized already, prompts out of its loss as it does by default."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    rows = [
        {"input_ids": e.prompt + e.answer, "completion_mask": [0] * len(e.prompt) + [1] * len(e.answer)}
        for e in examples
    ]
    config = SFTConfig(
        output_dir=str(work),
        num_train_epochs=1,
        learning_rate=settings.training.learning_rate,
        bf16=False,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
        use_cpu=True,
        completion_only_loss=True,
        **options,
    )
    tokenizer = lesson.writer.tokenizer
    SFTTrainer(model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer).train()


def worker(tool: str, name: str, data: Path) -> None:
    """Train one model with one tool, and print its figures as JSON."""
    subject = SUBJECTS[name]
    settings = load_settings(None, [f"dtype={dtype_of(tool)}"])
    lesson = load_lesson(data, load(data), settings)
    examples = chosen(lesson, subject.examples)
    model = with_adapter(subject.model(settings, lesson.writer.tokenizer), settings, [])
    options = {"gradient_checkpointing": False} if tool == "trl-plain" else {}
    work = train_ours if tool.startswith("bundlesmith") else train_trl
    for part in (examples[:WARMING], examples[WARMING:]):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            work(model, lesson, settings, part, Path(folder), **options)
            seconds = time.perf_counter() - start
    tokens = sum(len(e.prompt) + len(e.answer) for e in examples[WARMING:])
    best, sustained = products(dtype_of(tool))
    found = {
        "seconds": seconds,
        "examples": subject.examples,
        "tokens": tokens,
        "flops": needed(model, examples[WARMING:]),
        "peak": best,
        "sustained": sustained,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(found))


def run(tool: str, name: str, data: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.finetune", str(data), tool, name]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"{tool} failed on {name}:\n{made.stderr[-3000:]}")
    found: dict[str, float] = json.loads(made.stdout.splitlines()[-1])
    return found


def fastest(data: Path) -> dict[tuple[str, str], dict[str, float]]:
    """For each model and tool the figures of its fastest turn; the peak is the best of all turns in its type."""
    turns = [
        (name, tool, run(tool, name, data))
        for name, subject in SUBJECTS.items()
        for _ in range(TURNS)
        for tool in subject.tools
    ]
    best: dict[tuple[str, str], dict[str, float]] = {}
    for name, tool, found in turns:
        best[name, tool] = min(best.get((name, tool), found), found, key=lambda one: one["seconds"])
    for (_, tool), found in best.items():
        found["peak"] = max(each["peak"] for _, other, each in turns if dtype_of(other) == dtype_of(tool))
    return best


def main(data: Path) -> None:
    best = fastest(data)
    rows = [
        {
            "model": name,
            "tool": tool,
            "how": HOW[tool],
            "examples/s": found["examples"] / found["seconds"],
            "tokens/s": found["tokens"] / found["seconds"],
            "peak GFLOPs": found["peak"] / 1e9,
            "share of the peak": found["flops"] / found["seconds"] / found["peak"],
            "sustained GFLOPs": found["sustained"] / 1e9,
            "share of sustained": found["flops"] / found["seconds"] / found["sustained"],
            "memory MB": found["mb"],
            "ours is faster by": found["seconds"] / best[name, "bundlesmith"]["seconds"],
        }
        for (name, tool), found in best.items()
    ]
    publish("finetune", rows)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        worker(sys.argv[2], sys.argv[3], Path(sys.argv[1]))
    else:
        main(Path(sys.argv[1]))
