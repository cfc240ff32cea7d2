import re

import pytest
from rich.console import Console

from bundlesmith.data.prepare import DataSource, prepare

ITEMS = "item_id,title,price\n" + "".join(f"p{n},Thing {n},{n}.50 €\n" for n in range(10))
BUNDLES = "bundle_id,user_id,timestamp,item_id\n" + "".join(
    f"{n},u{n},2024-05-{n + 1:02} 10:00:00,p{m}\n" for n in range(9) for m in (n, n + 1)
)


def warnings(tmp_path, **tables):
    for name, text in {"items": ITEMS, "bundles": BUNDLES, **tables}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    report = prepare(DataSource(kind="tables", path=tmp_path), tmp_path / "out")
    console = Console(record=True, width=400)
    report.show(console)
    assert console.export_text().count("Warning: ") == len(report.warnings)
    return report.warnings


def test_good_data_has_none(tmp_path):
    assert warnings(tmp_path) == []


TWO_DAYS = "bundle_id,user_id,timestamp,item_id\n" + "".join(
    f"{n},u{n},2024-05-0{1 + n % 2},p{m}\n" for n in range(9) for m in (n, n + 1)
)
EVENTS = "user_id,item_id,timestamp\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("events", EVENTS + "u1,q1,2024-05-01\nu1,p2,2024-05-01\n", "events: 1 of 2 rows are lost .*catalogue.*'p0'"),
        ("events", EVENTS + "u1,p1,sometime\nu1,p2,2024-05-01\n", 'timestamp, such as "sometime".*format: '),
        ("events", EVENTS + ",p1,2024-05-01\nu1,p2,2024-05-01\n", "no user id.*column for user_id"),
        ("items", ITEMS + "p10,,1.50\np11,,2.50\n", "items: 2 of 12 rows .*no title.*group"),
        ("items", ITEMS.replace(".50 €", " - 5"), 'items: 10 of 10 have no price.* such as "0 - 5"'),
        ("items", ITEMS.replace(",price", ",cost"), "No column for the price is known"),
        ("items", ITEMS.replace("price", "stock").replace(".50 €", " or so"), "10 of 10 are not in stock.*such as"),
        ("bundles", BUNDLES + "9,u9,2024-05-11,zz\n9,u9,2024-05-11,yy\n9,u9,,xx\n", "3 of 21 places .*'p0'"),
        (
            "bundles",
            "bundle_id,item_id\n" + "".join(f"{n},p{m}\n" for n in range(9) for m in (n, 0 if n else 1)),
            "no time",
        ),
        (
            "bundles",
            "bundle_id,user_id,item_id\n1,u,p1\n1,u,p2\n2,u,p2\n2,u,p3\n",
            "split valid or test.* 1 user or session",
        ),
        ("bundles", TWO_DAYS, "split valid or test. They have 2 different times"),
    ],
)
def test_each_names_its_likely_cause(tmp_path, name, text, said):
    found = warnings(tmp_path, **{name: text})
    assert any(re.search(said, warning) for warning in found), found


def test_prices_of_no_known_currency_are_said_once(tmp_path):
    (said,) = warnings(tmp_path, items=ITEMS.replace(" €", ""))
    assert said.startswith("items: no currency is known, so 10 prices are shown as bare numbers.")
