"""How fast a fine-tune is: ours, TRL's SFTTrainer, and the machine's own peak, on the same examples, in one run.

    make bench-finetune

All train the same LoRA on the same 135M model with the same tokens and learning rate, turn by turn, each in a process
of its own; in float32, and ours also with the frozen weights in bfloat16. Useful examples are those whose answer is
learnt; padding is not counted. Model FLOPs are those that the mathematics needs (`needed`), whatever an implementation
does besides; the peak is the best matrix product that torch does on this machine in the same type.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from bench.table import publish
from bundlesmith.finetune.examples import Example
from bundlesmith.finetune.finetune import Lesson, load_lesson
from bundlesmith.finetune.packing import pack
from bundlesmith.model import base_model, with_adapter
from bundlesmith.prepare.tables import load
from bundlesmith.settings import Settings, load_settings

TURNS = 2
EXAMPLES = 96
WARMING = 12
"""Examples that are trained first, and not timed."""
TOOLS = {
    "bundlesmith": "packed, loss on answers",
    "bundlesmith-bfloat16": "the same with `dtype: bfloat16`",
    "trl": "SFTTrainer's defaults, but for bfloat16",
    "trl-plain": "the same without gradient checkpointing",
}


def chosen(lesson: Lesson) -> list[Example]:
    """The examples that all tools train, those that warm up first."""
    written = list(lesson.writer.epoch(islice(lesson.train, 300), 5))
    return random.Random(5).sample(written, WARMING + EXAMPLES)


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


def peak(dtype: str) -> float:
    """The most FLOPs a second of a matrix product, over the model's own shapes and a large square one."""
    import torch

    kind = getattr(torch, dtype)
    best = 0.0
    for rows, inner, columns in ((512, 576, 1536), (512, 1536, 576), (1024, 1024, 1024), (2048, 2048, 2048)):
        a, b = torch.randn(rows, inner).to(kind), torch.randn(inner, columns).to(kind)
        for _ in range(20):
            start = time.perf_counter()
            for _ in range(3):
                torch.mm(a, b)
            best = max(best, 3 * 2 * rows * inner * columns / (time.perf_counter() - start))
    return best


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


def worker(tool: str, data: Path) -> None:
    """Train with one tool, and print its figures as JSON."""
    settings = load_settings(None, [f"dtype={dtype_of(tool)}"])
    lesson = load_lesson(data, load(data), settings)
    examples = chosen(lesson)
    model = with_adapter(base_model(settings, lesson.writer.tokenizer), settings, [])
    options = {"gradient_checkpointing": False} if tool == "trl-plain" else {}
    work = train_ours if tool.startswith("bundlesmith") else train_trl
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for part in (examples[:WARMING], examples[WARMING:]):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            work(model, lesson, settings, part, Path(folder), **options)
            seconds = time.perf_counter() - start
    tokens = sum(len(e.prompt) + len(e.answer) for e in examples[WARMING:])
    found = {
        "seconds": seconds,
        "tokens": tokens,
        "flops": needed(model, examples[WARMING:]),
        "peak": peak(dtype_of(tool)),
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "mb_before": before / 1024,
    }
    print(json.dumps(found))


def run(tool: str, data: Path) -> dict[str, float]:
    made = subprocess.run([sys.executable, "-m", "bench.finetune", tool, str(data)], capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"{tool} failed:\n{made.stderr[-3000:]}")
    found: dict[str, float] = json.loads(made.stdout.splitlines()[-1])
    return found


def main(data: Path) -> None:
    turns: dict[str, list[dict[str, float]]] = {tool: [] for tool in TOOLS}
    for _ in range(TURNS):
        for tool in TOOLS:
            turns[tool].append(run(tool, data))
    peaks = dict.fromkeys(map(dtype_of, TOOLS), 0.0)
    for tool, each in turns.items():
        peaks[dtype_of(tool)] = max(peaks[dtype_of(tool)], *(found["peak"] for found in each))
    rows = []
    ours = min(found["seconds"] for found in turns["bundlesmith"])
    for tool, each in turns.items():
        found = min(each, key=lambda one: one["seconds"])
        rows.append(
            {
                "tool": tool,
                "how": TOOLS[tool],
                "examples/s": EXAMPLES / found["seconds"],
                "tokens/s": found["tokens"] / found["seconds"],
                "share of the peak": found["flops"] / found["seconds"] / peaks[dtype_of(tool)],
                "memory MB": found["mb"],
                "ours is faster by": found["seconds"] / ours,
            }
        )
    rows += [{"tool": "peak", "how": f"torch.mm, {dtype}", "GFLOPs": best / 1e9} for dtype, best in peaks.items()]
    publish("finetune", rows)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        worker(sys.argv[1], Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]))
