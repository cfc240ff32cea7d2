import pytest
from jinja2 import UndefinedError

from bundlesmith.prompts import LEARNT, prompts_hash, render

REQUEST = {"history": [], "only": [], "items": [], "words": ""}


def test_a_full_request():
    text = render("request", history=["A: x", "B"], only=["C", "D"], items=["E"], words="a desk")
    assert text == "History: A: x; B\nChoose from: C; D\nSo far: E\nFor: a desk\n"


def test_a_request_says_only_what_is_there():
    assert render("request", **REQUEST | {"words": "a desk"}) == "For: a desk\n"


def test_a_request_for_anything_is_empty():
    assert render("request", **REQUEST) == ""


def test_an_item_to_be_spelt():
    assert render("spell", title="Oak desk", category=["Home", "Desks"]) == "Title: Oak desk\nCategory: Home, Desks\n"


def test_an_item_without_a_category():
    assert render("spell", title="Oak desk", category=[]) == "Title: Oak desk\n"


def test_a_bundle_to_be_explained():
    assert render("explain", items=["A", "B"]) == "Bundle: A; B"


def test_the_system_prompt():
    assert render("system") == "Write bundles."


def test_texts_are_not_escaped():
    assert render("explain", items=["<b> & 'c'", "{{ x }}"]) == "Bundle: <b> & 'c'; {{ x }}"


@pytest.mark.parametrize("missing", sorted(REQUEST))
def test_a_value_that_a_template_needs_and_does_not_get_is_an_error(missing):
    with pytest.raises(UndefinedError, match=missing):
        render("request", **{name: value for name, value in REQUEST.items() if name != missing})


def test_the_hash_stands_for_the_texts_that_a_model_learns():
    assert "card.jinja" not in LEARNT and len(prompts_hash()) == 16
    assert prompts_hash() == prompts_hash()
