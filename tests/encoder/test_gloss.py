"""Chinese words in English."""

from bundlesmith.encoder.gloss import in_english


def test_chinese_is_glossed_word_by_word_and_the_rest_stays() -> None:
    assert in_english("想送妈妈一份茶礼") == "mum tea gift"
    assert in_english("a tent for two") == "a tent for two"
    assert in_english("没有这些字") == "没有这些字"
    assert in_english("Sony 相机包") == "Sony camera bag"
