"""The bar of `prepare`: on a terminal alone."""

import io
import re
from pathlib import Path

from rich.console import Console

from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.data.steps import SHARES, Steps


def test_files_are_named_by_their_share_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item_id,title\n1,One\n2,Two\n")
    (tmp_path / "bundles.csv").write_text("bundle_id,item_id\nb,1\nb,2\n" + "c,1\nc,2\n" * 20)
    sink = io.StringIO()
    prepare(DataSource(kind="tables", path=tmp_path), tmp_path / "out", Console(file=sink, force_terminal=True))
    said = sink.getvalue()
    assert "Reading" in said and re.search(r"Writing|Cleaning|items.csv|bundles.csv", said)
    quiet = io.StringIO()
    prepare(DataSource(kind="tables", path=tmp_path), tmp_path / "out", Console(file=quiet))
    assert quiet.getvalue() == ""


def test_steps_add_up() -> None:
    assert abs(sum(SHARES.values()) - 1) < 1e-9
    with Steps(Console(file=io.StringIO())) as steps:
        steps.part("a.csv", 0.5)
        for step in list(SHARES)[1:]:
            steps.next(step)
