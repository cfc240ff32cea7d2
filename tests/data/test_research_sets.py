"""Presets of the layouts in which papers on bundles publish their sets; all values are made up."""

import json
from pathlib import Path

from bundlesmith.data.clean import Clean, clean
from bundlesmith.data.prepare import DataSource, read


def tidy(kind: str, path: Path, files: dict[str, str]) -> Clean:
    for name, text in files.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(text)
    return clean(read(DataSource(kind=kind, path=path)))


def found(tables: Clean) -> list[tuple[object, ...]]:
    return tables.bundles.select("bundle_id", "user_id", "items", "split").rows()


def test_pairs_of_youshu_netease_and_ifashion(tmp_path: Path) -> None:
    """CrossCBR's `utility.py` and BundleGT's read these names, pairs of whole numbers with a tab between."""
    done = tidy(
        "bundle-pairs",
        tmp_path,
        {
            "Youshu_data_size.txt": "2\t2\t4\n",
            "bundle_item.txt": "0\t1\n0\t3\n1\t0\n1\t1\n1\t2\n",
            "user_item.txt": "0\t1\n0\t2\n1\t0\n",
            "user_bundle_train.txt": "0\t0\n1\t1\n",
            "user_bundle_tune.txt": "1\t0\n",
            "user_bundle_test.txt": "0\t1\n",
        },
    )
    assert sorted(done.items.select("item_id", "title").rows()) == [(str(n), f"item {n}") for n in range(4)]
    assert done.events.select("user_id", "item_id", "timestamp").rows() == [("0", "1", 0), ("0", "2", 1), ("1", "0", 2)]
    assert sorted(found(done)) == [
        ("0-0", "0", ["1", "3"], "train"),
        ("0-1", "0", ["0", "1", "2"], "test"),
        ("1-0", "1", ["1", "3"], "valid"),
        ("1-1", "1", ["0", "1", "2"], "train"),
    ]


def test_lines_of_pog_and_spotify(tmp_path: Path) -> None:
    """huggingface.co/datasets/xhLiu/BundleConstruction, as `list2pairs` of CLHE's `utility.py` reads it."""
    songs = {"0": {"track_name": "Rain", "artist_name": "Ann", "album_name": "Sky"}, "1": {"track_name": "Sun"}}
    songs |= {str(number): {"track_name": f"Song {number}"} for number in (2, 3, 4)}
    done = tidy(
        "bundle-construction",
        tmp_path,
        {
            "count.json": '{"#U": 2, "#B": 3, "#I": 5}',
            "item_info.json": json.dumps(songs),
            "ui_full.txt": "0, 1, 2\n1, 0\n",
            "bi_full.txt": "0, 0, 1, 2\n1, 3, 1, 4\n2, 2, 4\n",
            "bi_train.txt": "0, 0, 1, 2\n",
            "bi_valid_input.txt": "1, 3, 1\n",
            "bi_valid_gt.txt": "1, 4\n",
            "bi_test_input.txt": "2, 2\n",
            "bi_test_gt.txt": "2, 4\n",
        },
    )
    assert dict(done.items.select("item_id", "title").iter_rows())["0"] == "Rain - Ann - Sky"
    assert done.events.select("user_id", "item_id").rows() == [("0", "1"), ("0", "2"), ("1", "0")]
    sets = {(name, frozenset(items), part) for name, _, items, part in found(done)}  # type: ignore[arg-type]
    assert sets == {
        ("0", frozenset("012"), "train"),
        ("1", frozenset("134"), "valid"),
        ("2", frozenset("24"), "test"),
    }


def test_meals(tmp_path: Path) -> None:
    """github.com/WUT-IDEA/MealRecPlus, its README and MealRec+/MealRec+H."""
    files = {
        "course_category.txt": "0\t1\n1\t0\n2\t2\n",
        "meal_course.txt": "5\t1\n5\t0\n6\t0\n6\t2\n",
        "user_course.txt": "0\t0\n0\t1\n",
        "user_meal_train.txt": "0\t5\n",
        "user_meal_tune.txt": "1\t6\n",
        "user_meal_test.txt": "2\t5\n",
        "meta_data/course2index.txt": "219894\t0\n20144\t1\n7307\t2\n",
    }
    done = tidy("mealrec-plus", tmp_path, files)
    assert done.items.select("item_id", "title", "category").rows()[1] == ("1", "course 1", ["appetizers"])
    assert [(*row[2:],) for row in sorted(found(done))] == [
        (["1", "0"], "train"),
        (["0", "2"], "valid"),
        (["1", "0"], "test"),
    ]
    header = "course_id,course_name,review_nums,category,aver_rate,image_url,ingredients,cooking_directions,nutritions"
    files["meta_data/course.csv"] = f"{header},reviews,tags\n20144,Onion soup,,,,,,,,,\n"
    done = tidy("mealrec-plus", tmp_path, files)
    assert done.items["title"].to_list() == ["course 0", "Onion soup", "course 2"]


def test_an_offer_of_yandex_without_a_name(tmp_path: Path) -> None:
    """yandex.com/support/partnermarket: the types of offers without one and "vendor.model"."""
    text = """<?xml version="1.0" encoding="UTF-8"?><yml_catalog date="2024-05-01 12:00"><shop><categories>
    <category id="1">Посуда</category><category id="2" parentId="1">Чайники</category></categories><offers>
    <offer id="7" available="true"><name>Чашка</name><price>99.50</price><categoryId>1</categoryId></offer>
    <offer id="8" type="vendor.model" available="false"><typePrefix>Чайник</typePrefix><vendor>Bosch</vendor>
    <model>TWK</model><price>2000</price><categoryId>2</categoryId></offer></offers></shop></yml_catalog>"""
    done = tidy("yandex-yml", tmp_path, {"feed.xml": text})
    assert done.items.select("item_id", "title", "category", "price", "stock").rows() == [
        ("7", "Чашка", ["Посуда"], 99.5, None),
        ("8", "Чайник Bosch TWK", ["Чайники"], 2000.0, 0),
    ]
