from bundlesmith.data.clean import clean
from bundlesmith.data.readers.tabular import read_tables


def titles(tmp_path, text, mapping="{item_id: sku, title: name}", more=""):
    (tmp_path / "goods.csv").write_text(text)
    (tmp_path / "shop.yaml").write_text(f"items: {{file: goods.csv, columns: {mapping}{more}}}\n")
    return dict(clean(read_tables(tmp_path / "shop.yaml", None)).items.select("item_id", "title").iter_rows())


def test_variants_take_the_title_of_their_handle(tmp_path):
    text = "Handle,name,sku\nmug,Tin Mug,M-S\nmug,,M-L\npot,Pot,P-1\npot,NULL,P-2\n"
    assert titles(tmp_path, text) == {"M-S": "Tin Mug", "M-L": "Tin Mug", "P-1": "Pot", "P-2": "Pot"}


def test_variants_that_name_their_parent_and_a_title_that_comes_later(tmp_path):
    text = "id,sku,parent,name\n1,mug,,Tin Mug\n2,mug-s,mug,\n3,mug-l,mug,\n"
    assert titles(tmp_path, text) == {"mug-s": "Tin Mug", "mug-l": "Tin Mug"}
    assert titles(tmp_path, "handle,sku,name\nm,M-S,\nm,M-L,Tin Mug\n") == {"M-S": "Tin Mug", "M-L": "Tin Mug"}


def test_a_column_that_is_no_key_gives_no_title(tmp_path):
    text = "Vendor,name,sku\nAcme,Tin Mug,M-S\nAcme,,M-L\n"
    assert titles(tmp_path, text) == {"M-S": "Tin Mug"}


def test_groups_that_do_not_fit_give_no_title_unless_named(tmp_path):
    text = "parent,name,sku\nmug,Tin Mug,M-S\nmug,Tin Mug (large),M-L\nmug,,M-XL\n,,Z\n"
    assert titles(tmp_path, text) == {"M-S": "Tin Mug", "M-L": "Tin Mug (large)"}
    found = titles(tmp_path, text, more=", group: parent")
    assert found == {"M-S": "Tin Mug", "M-L": "Tin Mug (large)", "M-XL": "Tin Mug"}


def test_the_first_row_of_an_item_that_has_a_title_gives_it(tmp_path):
    assert titles(tmp_path, "sku,name\nM,\nM,Tin Mug\nM,Cup\n") == {"M": "Tin Mug"}
