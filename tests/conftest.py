"""What many tests share: a tiny model with the real tokenizer, the sample shop, and a run that was trained on it."""

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from rich.console import Console
from xdist.scheduler import LoadFileScheduling

from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.finetune.finetune import finetune, spell
from bundlesmith.finetune.ranker import write_ranker
from bundlesmith.recommender import Recommender
from bundlesmith.settings import Settings, load_settings
from tests.data.shops import copy_items, keep_few_bundles
from tests.once import made_once

# Random rules often have no bundle; properties about bundles pass over those. How long a case takes depends on the
# machine, so no test fails for that.
settings.register_profile("bundlesmith", deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
settings.load_profile("bundlesmith")

ROOT = Path(__file__).parents[1]
TOGETHER = (
    ("tests/browser/",),
    ("tests/engines/test_vllm_processors.py", "tests/engines/test_vllm_worker.py"),
)
"""What one process does although it is more than a file: the browser's tests share services, the others import vLLM."""
LONGEST = (
    "test_vllm_writers.py",
    "test_page.py",
    "test_conversation.py",
    "test_train.py",
    "test_live_adapters.py",
    "test_bench_quality.py",
    "test_vllm.py",
    "test_bad_input.py",
    "test_export.py",
    "test_vllm_merged.py",
)
QUICK = ["training.max_steps=3", "training.eval_every=2", "training.eval_blocks=2", "lora.r=4"]


def pytest_configure(config: pytest.Config) -> None:
    """Give each process of pytest-xdist a core of its own, with all that it starts: none waits for others' threads.

    One that no core is left for runs wherever the others wait.
    """
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        cores, number = sorted(os.sched_getaffinity(0)), int(worker.removeprefix("gw"))
        os.sched_setaffinity(0, cores[number : number + 1] or cores)
        for size in ("COLUMNS", "LINES"):  # which pytest-xdist sets: consoles would keep them
            os.environ.pop(size, None)


class _ByFile(LoadFileScheduling):
    """Give a file's tests to one process, and those of files that stand in TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        return next((unit[0] for unit in TOGETHER if nodeid.startswith(unit)), super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    """For `--dist loadfile` alone."""
    return _ByFile(config, log) if config.getoption("dist") == "loadfile" else None  # type: ignore[arg-type]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: begun last, one would keep a process after the others have ended."""
    if gone := set(LONGEST) - {path.name for path in Path(__file__).parent.rglob("test_*.py")}:
        raise pytest.UsageError(f"LONGEST names {sorted(gone)}, which are no test files: take them out.")
    place = {name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(_first_of_its_unit(item), len(LONGEST)))


def _first_of_its_unit(item: pytest.Item) -> str:
    """The file that a unit of work is named by in LONGEST."""
    return "test_page.py" if item.nodeid.startswith(TOGETHER[0]) else item.path.name


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real Llama of two small layers and random weights, and SmolLM2's tokenizer."""
    return made_once(tmp_path_factory, "tiny-base", _make_llama)


@pytest.fixture(scope="session")
def wide_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base, with heads as wide as vLLM's attention needs them."""
    return made_once(tmp_path_factory, "wide-base", lambda folder: _make_llama(folder, head_dim=32))


def _make_llama(folder: Path, **sizes: int) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    tokenizer = load_tokenizer(SMOLLM2)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
        initializer_range=0.21,  # far from uniform: a model that wants something
        **sizes,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample shop, prepared."""
    return made_once(tmp_path_factory, "shop", lambda folder: prepare(DataSource(kind="sample", seed=7), folder))


@pytest.fixture(scope="session")
def small_shop(tmp_path_factory: pytest.TempPathFactory, shop: Path) -> Path:
    """The sample shop's first bundles that need no more than 100 items, with these items: quick to embed."""
    return made_once(tmp_path_factory, "small-shop", lambda folder: _take_few_items(shop, folder))


def _take_few_items(shop: Path, folder: Path) -> None:
    import polars as pl

    bundles = pl.read_parquet(shop / "bundles.parquet")
    named = dict.fromkeys(item for bundle in bundles["items"].to_list() for item in bundle)
    copy_items(shop, folder, pl.Series(list(named)[:100]))


@pytest.fixture(scope="session")
def tiny_t5_base(tmp_path_factory: pytest.TempPathFactory, shop: Path) -> Path:
    """A folder with a real T5 of two small layers and random weights, and a T5 tokenizer of the sample shop's words."""
    return made_once(tmp_path_factory, "tiny-t5-base", lambda folder: _make_t5(shop, folder))


def _make_t5(shop: Path, folder: Path) -> None:
    import polars as pl
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    items = pl.read_parquet(shop / "items.parquet")
    pieces = Tokenizer(models.Unigram())
    pieces.pre_tokenizer = pre_tokenizers.Metaspace()
    marks = ["<pad>", "</s>", "<unk>"]
    signs = list("0123456789")
    trainer = trainers.UnigramTrainer(
        vocab_size=900, special_tokens=marks, unk_token="<unk>", initial_alphabet=signs, show_progress=False
    )
    intents = pl.read_parquet(shop / "bundles.parquet")["intent"].drop_nulls().to_list()
    pieces.train_from_iterator([*items["title"].to_list(), *intents, "Together they cost:"], trainer)
    vocab = json.loads(pieces.to_str())["model"]["vocab"]
    tokenizer = T5Tokenizer(vocab=[(piece, score) for piece, score in vocab])

    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(tokenizer) + 28,  # as the hub's T5s: more rows than tokens
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        initializer_factor=3.0,  # far from uniform: a model that wants something
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.fixture
def few(tmp_path: Path, shop: Path) -> Path:
    """The sample shop with four training bundles, one of them explained, two valid ones and a test one."""
    import polars as pl

    data = shutil.copytree(shop, tmp_path / "few")
    bundles = pl.read_parquet(shop / "bundles.parquet")
    kept = [bundles.filter(pl.col("split") == s).head(n) for s, n in (("valid", 2), ("train", 4), ("test", 1))]
    said = pl.Series([None, None, "Known.", None, None, None, None], dtype=pl.String)
    pl.concat(kept).with_columns(explanation=said).write_parquet(data / "bundles.parquet")
    return data


@pytest.fixture(scope="session")
def quick_settings(tiny_base: Path) -> Settings:
    return load_settings(None, [f"base={tiny_base}", *QUICK])


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, shop: Path, quick_settings: Settings) -> Path:
    """A run of the tiny model after three steps on the sample shop; tests don't change it."""
    return made_once(
        tmp_path_factory, "tiny", lambda folder: finetune(shop, folder, quick_settings, False, Console(quiet=True))
    )


@pytest.fixture(scope="session")
def main_job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the command line made `data` and then `run` with the real base model and its ranker."""
    return made_once(tmp_path_factory, "main-job", _do_main_job)


def _do_main_job(folder: Path) -> None:
    from tests.cli.run import bundlesmith  # its consoles take the width that the environment has now

    data, run = folder / "data", folder / "run"
    assert bundlesmith("prepare", "--source", "sample", "--out", data) == 0
    keep_few_bundles(data)
    short = ("training.max_steps=2", "training.eval_every=2", "training.eval_blocks=1")
    assert bundlesmith("finetune", "--data", data, "--out", run, "--config", ROOT / "configs/demo.yaml", *short) == 0


@pytest.fixture(scope="session")
def ranked_run(tmp_path_factory: pytest.TempPathFactory, main_job: Path, quick_settings: Settings) -> Path:
    """A run of the tiny model as it is on the shop of the main job, with the ranker that was learnt there."""

    def make(folder: Path) -> None:
        spell(main_job / "data", folder, quick_settings, Console(quiet=True))
        shutil.copytree(main_job / "run" / "ranker", folder / "ranker")

    return made_once(tmp_path_factory, "ranked-run", make)


@pytest.fixture(scope="session")
def small_ranked_run(tmp_path_factory: pytest.TempPathFactory, small_shop: Path, quick_settings: Settings) -> Path:
    """A run of the tiny model as it is on the small shop, with its ranker."""

    def make(folder: Path) -> None:
        spell(small_shop, folder, quick_settings, Console(quiet=True))
        write_ranker(folder, small_shop, Console(quiet=True))

    return made_once(tmp_path_factory, "small-ranked-run", make)


@pytest.fixture(scope="session")
def recommender(tiny_run: Path) -> Recommender:
    return Recommender.load(tiny_run)
