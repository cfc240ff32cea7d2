import re

import pytest
import yaml

from bundlesmith.errors import BundlesmithError
from bundlesmith.settings import Settings, known_keys, load_settings


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "a.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_without_a_config_all_is_default():
    assert load_settings(None, []) == Settings()


def test_an_empty_config_is_all_default(config):
    assert load_settings(config(""), []) == Settings()


def test_a_config_changes_what_it_names_alone(config):
    found = load_settings(config("lora: {r: 4}\ntraining:\n  epochs: 3\n"), [])
    assert (found.lora.r, found.lora.alpha, found.training.epochs) == (4, Settings().lora.alpha, 3)


def test_overrides_go_over_the_config_and_later_ones_over_earlier_ones(config):
    path = config("training: {epochs: 3, seed: 1}")
    found = load_settings(path, ["training.epochs=4", "training.epochs=5"])
    assert (found.training.epochs, found.training.seed) == (5, 1)


def test_an_override_reaches_a_section_within_a_section():
    assert load_settings(None, ["examples.mix.rest=0.5"]).examples.mix.rest == 0.5


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("training.learning_rate=1e-4", 0.0001),
        ("training.max_steps=null", None),
        ("training.loss=vocabulary", "vocabulary"),
        ("lora.targets=[q_proj, v_proj]", ["q_proj", "v_proj"]),
        ("base=a/b=c", "a/b=c"),
    ],
)
def test_an_overrides_value_is_yaml(override, value):
    found = load_settings(None, [override]).model_dump()
    for key in override.partition("=")[0].split("."):
        found = found[key]
    assert found == value


@pytest.mark.parametrize(
    ("key", "near"),
    [("training.epoch", "training.epochs"), ("lora.rank", "lora.r"), ("epochs", "training.epochs"), ("bose", "base")],
)
def test_an_unknown_key_names_the_nearest(key, near):
    with pytest.raises(BundlesmithError) as caught:
        load_settings(None, [f"{key}=1"])
    assert caught.value.what == f'There is no key "{key}".'
    assert near in caught.value.fix


def test_an_unknown_key_of_a_config_is_an_error_too(config):
    with pytest.raises(BundlesmithError, match=r'no key "lora\.rs"'):
        load_settings(config("lora: {rs: 4}"), [])


@pytest.mark.parametrize(
    ("override", "shown"),
    [
        ("lora.r=0", '"lora.r" is 0:'),
        ("lora.r=many", "\"lora.r\" is 'many':"),
        ("training.loss=mine", "\"training.loss\" is 'mine':"),
        ("training.learning_rate=0", '"training.learning_rate" is 0:'),
        ("training.learning_rate=.nan", '"training.learning_rate" is nan:'),
        ("examples.mix.rest=.inf", '"examples.mix.rest" is inf:'),
        ("training=3", '"training" is 3:'),
        ("training.epochs=1.5", '"training.epochs" is 1.5:'),
    ],
)
def test_a_wrong_value_is_shown_with_its_key(override, shown):
    with pytest.raises(BundlesmithError, match="^" + re.escape(shown)):
        load_settings(None, [override])


def test_an_override_without_an_equals_sign_shows_how_to_write_it():
    with pytest.raises(BundlesmithError, match=r'"training\.epochs" is no override\. Write it as'):
        load_settings(None, ["training.epochs"])


def test_an_override_whose_value_is_not_yaml_is_an_error():
    with pytest.raises(BundlesmithError, match=r'The value of "lora\.targets=\[a" is not YAML'):
        load_settings(None, ["lora.targets=[a"])


def test_an_override_below_a_value_is_an_error():
    with pytest.raises(BundlesmithError, match='"base" is a value, not a section'):
        load_settings(None, ["base=x", "base.y=1"])


@pytest.mark.parametrize("text", ["a: [1", b"base: \xff"])
def test_a_config_that_is_not_yaml_is_an_error(config, text):
    with pytest.raises(BundlesmithError, match=r'a\.yaml" is not YAML'):
        load_settings(config(text), [])


def test_a_config_that_is_a_list_is_an_error(config):
    with pytest.raises(BundlesmithError, match=r'a\.yaml" holds a list'):
        load_settings(config("- a"), [])


def test_a_missing_config_is_an_error(tmp_path):
    with pytest.raises(BundlesmithError, match="There is no config"):
        load_settings(tmp_path / "none.yaml", [])


def test_a_folder_is_no_config(tmp_path):
    with pytest.raises(BundlesmithError, match="could not be read: Is a directory"):
        load_settings(tmp_path, [])


def test_settings_survive_a_round_trip_through_yaml(config):
    mine = load_settings(None, ["lora.r=4", "examples.mix.spell=2"])
    assert load_settings(config(yaml.safe_dump(mine.model_dump())), []) == mine


def test_known_keys_reach_every_section():
    keys = known_keys()
    assert {"base", "lora", "lora.r", "examples.mix.rest", "training.seed"} <= set(keys)
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "overrides, problem",
    [
        (["quantize=nf4", "training.fsdp=true"], "don't work together"),
        (["method=full", "dtype=bfloat16"], "needs `dtype: float32`"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(overrides: list[str], problem: str) -> None:
    with pytest.raises(BundlesmithError, match=problem):
        load_settings(None, overrides)


@pytest.mark.parametrize("written", ["models/tiny", "./models/tiny", "../shop/models/tiny"])
def test_a_base_that_is_a_folder_is_named_so_that_it_is_found_from_anywhere(tmp_path, monkeypatch, written):
    (tmp_path / "shop/models/tiny").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "shop")
    base = Settings(base=written).base
    monkeypatch.chdir(tmp_path)
    assert (tmp_path / "shop/models/tiny").samefile(base)
    assert Settings(base=base).base == base


def test_a_base_in_the_home_folder_and_one_on_the_hub(tmp_path, monkeypatch):
    (tmp_path / "tiny").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings(base="~/tiny").base == str(tmp_path / "tiny")
    assert Settings(base="Qwen/Qwen3-0.6B").base == "Qwen/Qwen3-0.6B"
