import json
from pathlib import Path

import pytest
import yaml

from bundlesmith import __version__
from bundlesmith.cli.app import app
from bundlesmith.cli.doctor import _bfloat16
from bundlesmith.recommender import Recommender
from tests.cli.run import bundlesmith

Capture = pytest.CaptureFixture[str]
COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]


def test_version(capsys: Capture) -> None:
    assert bundlesmith("--version") == 0
    assert capsys.readouterr().out == f"bundlesmith {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str, capsys: Capture) -> None:
    assert bundlesmith(command, "--help") == 0
    assert f"Example: bundlesmith {command}" in capsys.readouterr().out


def test_recommend_as_json(tiny_run: Path, recommender: Recommender, capsys: Capture) -> None:
    ids = recommender.run.catalogue.ids
    code = bundlesmith(
        "recommend", "--run", tiny_run, "--words", "camping", "--item", ids[0], "--budget", 900, "--size", "2:3",
        "--n", 2, "--json",
    )  # fmt: skip
    assert code == 0
    bundles = json.loads(capsys.readouterr().out)
    assert len(bundles) == 2
    for bundle in bundles:
        assert bundle["items"][0]["item"] == ids[0] and 2 <= len(bundle["items"]) <= 3
        assert (
            bundle["total"] == pytest.approx(sum(item["price"] for item in bundle["items"])) and bundle["total"] <= 900
        )
        assert bundle["intent"] and bundle["explanation"].endswith(".")


def test_recommend_for_a_customer_offers_nothing_that_was_bought(
    tiny_run: Path, recommender: Recommender, capsys: Capture
) -> None:
    histories, ids = recommender.run.histories, recommender.run.catalogue.ids
    user = max(histories.users, key=lambda name: sum(e.kind == "buy" for e in histories.users[name]))
    owned = {ids[event.row] for event in histories.users[user] if event.kind == "buy"}
    assert bundlesmith("recommend", "--run", tiny_run, "--user", user, "--n", 4, "--json") == 0
    written = {item["item"] for bundle in json.loads(capsys.readouterr().out) for item in bundle["items"]}
    assert len(owned) > 5 and not written & owned


def test_recommend_shows_a_table_with_total_and_explanation(tiny_run: Path, capsys: Capture) -> None:
    assert bundlesmith("recommend", "--run", tiny_run, "--words", "camping", "--budget", 300) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("words: camping", "Title", "Category", "Price", "Total"))


def test_requests_from_a_file(tiny_run: Path, tmp_path: Path, capsys: Capture) -> None:
    asks = tmp_path / "asks.jsonl"
    asks.write_text('{"words": "camping"}\n\n{"words": "a gift", "n": 2}\n')
    assert bundlesmith("recommend", "--run", tiny_run, "--requests", asks, "--json") == 0
    assert [len(found) for found in json.loads(capsys.readouterr().out)] == [1, 2]


def test_dry_run_prints_the_effective_config_and_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("lora: {r: 8}\n")
    out = tmp_path / "run"
    assert bundlesmith("finetune", "--data", "d", "--out", out, "--config", config, "lora.alpha=9", "--dry-run") == 0
    values = yaml.safe_load(capsys.readouterr().out)
    assert values["lora"]["r"] == 8 and values["lora"]["alpha"] == 9 and values["lora"]["targets"] == "all-linear"
    assert not out.exists()


def test_spell_writes_a_run_that_recommends_with_the_base_model_alone(
    shop: Path, tiny_base: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert bundlesmith("spell", "--data", shop, "--out", tmp_path / "plain", f"base={tiny_base}") == 0
    assert "tokens" in capsys.readouterr().out
    assert bundlesmith("recommend", "--run", tmp_path / "plain", "--words", "camping", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)[0]["items"]) >= 2


def test_items_finds_by_title_and_category(shop: Path, capsys: Capture) -> None:
    assert bundlesmith("items", "--data", shop, "--search", "camping tent") == 0
    shown = capsys.readouterr().out
    assert "Tent" in shown and "Stock" in shown and "Coffee" not in shown


def test_examples_show_every_kind(shop: Path, tiny_base: Path, capsys: Capture) -> None:
    assert bundlesmith("examples", "--data", shop, f"base={tiny_base}") == 0
    shown = capsys.readouterr().out
    assert all(kind in shown for kind in ("history", "request", "rest", "session", "explain", "spell"))
    assert "<|im_start|>" in shown and "Items:" in shown


def test_doctor_names_versions_devices_and_engines(capsys: Capture) -> None:
    assert bundlesmith("doctor") == 0
    shown = capsys.readouterr().out
    assert all(
        word in shown for word in ("python", "torch", "transformers", "peft", "vllm", "devices", "bfloat16", "engines")
    )


@pytest.mark.parametrize(
    ("cpu", "said"),
    [
        ({"amx_bf16": True, "avx512_bf16": True, "avx2": True}, "itself (amx_bf16, avx512_bf16): `dtype=bfloat16`"),
        ({"bf16": True, "neon": True}, "itself (bf16): `dtype=bfloat16`"),  # ARM
        ({"amx_bf16": False, "avx2": True}, "leave `dtype` at float32"),
    ],
)
def test_doctor_says_whether_bfloat16_is_fast(cpu: dict[str, bool], said: str) -> None:
    assert said in _bfloat16(cpu)
