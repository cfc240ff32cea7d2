"""Runs the command line in this process, as a user would."""

import sys

import pytest

from bundlesmith.cli import main


def bundlesmith(*words: object) -> int:
    """Exit code of `bundlesmith WORDS`; what it printed is in capsys."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stopped:
        patch.setattr(sys, "argv", ["bundlesmith", *map(str, words)])
        patch.setenv("COLUMNS", "400")
        main()
    return int(stopped.value.code or 0)
