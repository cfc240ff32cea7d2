import pytest

from bundlesmith.errors import BundlesmithError, nearest


def test_the_message_is_what_is_wrong_and_the_fix():
    error = BundlesmithError("The budget is 0.", "Give an amount above 0.")
    assert str(error) == "The budget is 0. Give an amount above 0."
    assert (error.what, error.fix) == ("The budget is 0.", "Give an amount above 0.")


def test_without_a_fix_the_message_is_what_is_wrong_alone():
    assert str(BundlesmithError("Nothing is left.")) == "Nothing is left."


@pytest.mark.parametrize("word", ["epochs", "epoch", "ephocs"])
def test_nearest_names_a_close_word(word):
    assert nearest(word, ["seed", "epochs"]) == 'Did you mean "epochs"?'


def test_nearest_lists_all_words_if_none_is_close():
    assert nearest("xyz", ["seed", "epochs"]) == "Known: seed, epochs."


def test_nearest_lists_at_most_ten_words():
    assert nearest("?", [f"{n}" for n in range(11)]) == "Known: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …."
