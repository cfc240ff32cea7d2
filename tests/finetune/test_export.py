"""Each format loads again and writes what it should; what can't be had is refused, and leaves nothing behind."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from rich.console import Console
from transformers import AutoModelForCausalLM, AutoTokenizer

from bundlesmith.base import load_model
from bundlesmith.cli import export as command
from bundlesmith.cli.export import sample_requests
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.export import Format, check_export, load_export, write_export
from bundlesmith.finetune.finetune import finetune
from bundlesmith.finetune.model import tuned_model
from bundlesmith.run import Run, load_run
from bundlesmith.settings import load_settings
from tests.cli.run import bundlesmith
from tests.conftest import QUICK

pytestmark = pytest.mark.slow
QUIET = Console(quiet=True)
Capture = pytest.CaptureFixture[str]
OFF = {"merged": 0.0, "gguf": 0.005, "gguf-q8": 0.1, "int8": 0.1, "nf4": 0.0}
"""How far a log-probability may be off in the mean. They spread by 2.4 (standard deviation) in this random model.
NF4 is held against its own rounded weights: how far these are off is a bound on each weight."""
NF4_GAP = (1 - 0.7229568) / 2
"""Half of the widest gap between two values of NormalFloat's code book, in largest weights of a block."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, small_shop: Path, tiny_base: Path) -> Run:
    """A run with added tokens: the embeddings have more rows than the base's."""
    out = tmp_path_factory.mktemp("export") / "run"
    settings = load_settings(None, [f"base={tiny_base}", *QUICK, "examples.spelling=semantic"])
    finetune(small_shop, out, settings, False, QUIET)
    return load_run(out)


@pytest.fixture(scope="module")
def t5_run(tmp_path_factory: pytest.TempPathFactory, small_shop: Path, tiny_base: Path) -> Path:
    out = tmp_path_factory.mktemp("export") / "t5"
    small = "t5={d_model: 32, d_kv: 8, d_ff: 32, layers: 1, heads: 2}"
    settings = load_settings(None, [f"base={tiny_base}", *QUICK, small, "method=full"])
    finetune(small_shop, out, settings, False, QUIET)
    return out


def logprobs(model: Any, tokens: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return torch.log_softmax(model(torch.tensor([tokens])).logits[0].float(), -1)


@pytest.fixture(scope="module", params=get_args(Format))
def exported(request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Format, Path]:
    if request.param in ("int8", "nf4"):
        pytest.importorskip("bitsandbytes")
    folder = tmp_path_factory.mktemp("exported") / request.param
    folder.mkdir()
    model = tuned_model(run.folder, run.settings, run.tokenizer)
    write_export(model, run.tokenizer, request.param, "tiny", folder)
    return request.param, folder


def test_each_format_loads_again_with_nearly_the_same_logits(exported: tuple[Format, Path], run: Run) -> None:
    kind, folder = exported
    prompt = run.prompter.request(history=[0, 1, 2], words="tents")
    model, small = tuned_model(run.folder, run.settings, run.tokenizer), load_export(folder, kind)
    if kind == "nf4":
        assert round_as(model, small) > 0
    off = (logprobs(small, prompt) - logprobs(model, prompt)).abs().mean()
    assert off <= OFF[kind] and (off == 0) == (OFF[kind] == 0)


def round_as(model: Any, small: Any) -> int:
    """Give the linear layers of *model* the 4-bit weights of *small*, each near enough; how many there are."""
    from bitsandbytes.functional import dequantize_4bit

    packed = [(name, layer.weight) for name, layer in small.named_modules() if type(layer).__name__ == "Linear4bit"]
    for name, weight in packed:
        exact = model.get_submodule(name).weight.data
        rounded = dequantize_4bit(weight.data, weight.quant_state)
        largest = exact.reshape(-1, weight.quant_state.blocksize).abs().amax(1, keepdim=True)
        off = (rounded - exact).reshape(largest.shape[0], -1).abs() / largest
        assert off.max() <= NF4_GAP + 0.03  # the largest weights are themselves in 8 bits
        exact.copy_(rounded)
    return len(packed)


def test_each_format_holds_the_tokenizer(exported: tuple[Format, Path], run: Run) -> None:
    kind, folder = exported
    tokenizer = AutoTokenizer.from_pretrained(folder, **({"gguf_file": "model.gguf"} if "gguf" in kind else {}))
    text = f"Under 250 dollars, it's 2024:{run.lexicon.texts[3]}\n\ntents<|im_end|>"
    assert tokenizer(text)["input_ids"] == run.tokenizer(text)["input_ids"]
    assert tokenizer.chat_template == run.tokenizer.chat_template is not None
    assert tokenizer.eos_token == run.tokenizer.eos_token


@pytest.mark.parametrize("kind", ["int8", "gguf"])
def test_the_command_says_how_many_bundles_are_the_same(
    kind: Format, run: Run, tmp_path: Path, capsys: Capture
) -> None:
    if kind == "int8":
        pytest.importorskip("bitsandbytes")
    out = tmp_path / kind
    assert bundlesmith("export", "--run", run.folder, "--out", out, "--format", kind, "--check", 4) == 0
    said, about = capsys.readouterr().out, json.loads((out / "export.json").read_text())
    assert about["format"] == kind and about["checked"] == 4 and about["key"] == run.made["key"]
    assert 0 < about["same"] <= 4
    assert f"{about['same']} of 4 bundles are the same, {4 - about['same']} differ." in said


def test_a_merged_export_is_a_plain_folder_with_tokenizer_and_chat_template(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "merged"
    assert bundlesmith("export", "--run", run.folder, "--out", out, "--check", 2) == 0
    tokenizer = AutoTokenizer.from_pretrained(out)
    text = run.lexicon.texts[3]
    assert tokenizer(text)["input_ids"] == run.tokenizer(text)["input_ids"] == list(run.lexicon.tokens[3])
    assert tokenizer.chat_template == run.tokenizer.chat_template is not None
    model = AutoModelForCausalLM.from_pretrained(out)
    assert model.get_input_embeddings().num_embeddings == len(tokenizer)
    assert not {"top_k", "top_p", "temperature"} & json.loads((out / "generation_config.json").read_text()).keys()
    assert not [path.name for path in out.iterdir() if "adapter" in path.name or path.is_dir()]


def test_gguf_interleaves_the_halves_of_each_head() -> None:
    from bundlesmith.finetune.export_gguf import _interleaved

    rows = torch.arange(8.0).numpy()[:, None]  # two heads of four rows: halves (0 1)(2 3) and (4 5)(6 7)
    assert _interleaved(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_t5_run_is_merged_and_refused_as_gguf(t5_run: Path, tmp_path: Path, capsys: Capture) -> None:
    assert bundlesmith("export", "--run", t5_run, "--out", tmp_path / "merged", "--check", 2) == 0
    assert load_model(str(tmp_path / "merged")).config.is_encoder_decoder
    assert bundlesmith("export", "--run", t5_run, "--out", tmp_path / "gguf", "--format", "gguf") == 2
    assert 'type "t5"' in capsys.readouterr().err and not (tmp_path / "gguf").exists()


def test_four_bits_on_a_cpu_refuse_layers_that_take_no_whole_blocks(
    t5_run: Path, tmp_path: Path, capsys: Capture
) -> None:
    pytest.importorskip("bitsandbytes")
    assert bundlesmith("export", "--run", t5_run, "--out", tmp_path / "nf4", "--format", "nf4") == 2
    assert "take a multiple of 64 numbers" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_gguf_refuses_other_tokenizers(run: Run, tiny_t5_base: Path) -> None:
    model = tuned_model(run.folder, run.settings, run.tokenizer)
    check_export(model, run.tokenizer, "gguf")
    with pytest.raises(BundlesmithError, match="splits texts otherwise"):
        check_export(model, AutoTokenizer.from_pretrained(tiny_t5_base), "gguf")


def test_a_merged_model_that_writes_otherwise_is_an_error_and_leaves_nothing(
    run: Run, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(folder: Path, kind: Format) -> Any:
        model: Any = load_export(folder, kind)
        model.get_input_embeddings().weight.data.mul_(-1)
        return model

    monkeypatch.setattr(command, "load_export", damaged)
    assert bundlesmith("export", "--run", run.folder, "--out", tmp_path / "out", "--check", 3) == 2
    assert "of 3 bundles otherwise than the run" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_export_replaces_an_export_but_nothing_else(run: Run, tmp_path: Path, capsys: Capture) -> None:
    for _ in range(2):
        assert bundlesmith("export", "--run", run.folder, "--out", tmp_path / "out", "--check", 1) == 0
    assert bundlesmith("export", "--run", run.folder, "--out", run.folder, "--check", 1) == 2
    assert "is an input of `bundlesmith export`" in capsys.readouterr().err and (run.folder / "run.json").exists()


def test_the_requests_of_the_check_come_from_categories_and_histories(run: Run) -> None:
    requests = sample_requests(run, 10)
    steps = {path[-1].lower() for path in run.catalogue.categories}
    assert len(requests) == 10 and all(request.words in steps for request in requests)
    assert len({request.words for request in requests}) > 5
    assert [bool(request.history) for request in requests] == [False, True] * 5
