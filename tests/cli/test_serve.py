from pathlib import Path
from typing import Any

import pytest

from bundlesmith.cli.serve import folders
from bundlesmith.errors import BundlesmithError
from tests.cli.run import bundlesmith


def test_folders_have_the_names_that_are_given_or_their_own() -> None:
    assert folders(["runs/tea", "coffee=runs/tea"]) == {"tea": Path("runs/tea"), "coffee": Path("runs/tea")}


@pytest.mark.parametrize(
    ("option", "said"), [("run", 'Two runs are called "tea"'), ("data", "Two folders of data are")]
)
def test_two_of_one_name_are_told_by_their_option(option: Any, said: str) -> None:
    with pytest.raises(BundlesmithError, match=rf"{said}.*--{option} NAME=FOLDER"):
        folders(["a/tea", "tea=b/other"], option)


def test_data_that_is_given_twice_is_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert bundlesmith("serve", "--data", "a/tea", "--data", "b/tea") == 2
    said = capsys.readouterr().err
    assert 'Two folders of data are called "tea"' in said and "--data NAME=FOLDER" in said
