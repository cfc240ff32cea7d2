"""Rows of products beside rows of their variants: the variants are the items, and have of the product what they lack.

    table, changes, said = only_variants(table, "sku", "name", ["price", "stock"])

A variant names its product's id in a column such as "parent", or says in a column such as "type" that it is one: it is
then of the product with the same key (a handle), or of the product above it.
"""

import re

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.report import EXAMPLES, RowChange

_VARIANT = {"variant", "variation", "productvariant", "productvariation", "itemvariation", "child", "variante", "sku"}
_UNTITLED = ["Default Title", "Default", "Regular", "Standard"]  # what shops call the only variant
_MOSTLY = 0.9
_WORD = re.compile(r"\w{2,}")


def only_variants(
    table: pl.DataFrame, item_id: str, title: str, inherited: list[str]
) -> tuple[pl.DataFrame, list[RowChange], str]:
    """Take products out beside their variants, which get the title and the *inherited* columns that they lack.

    Returns:
        the table, what was left out, and what to say.
    """
    if item_id not in table.columns or title not in table.columns:
        return table, [], ""
    found = _by_parent(table, item_id) or _by_type(table, item_id, title)
    if found is None:
        return table, [], ""
    products, said = found
    inherited = [name for name in dict.fromkeys([title, *inherited]) if name in table.columns and name != item_id]
    table = _filled(table, title, inherited, products)
    used = products.filter(as_text(table[item_id]).is_not_null()).drop_nulls().unique()
    gone = pl.int_range(table.height, eager=True).is_in(used.implode())
    left_out = as_text(table[item_id]).filter(gone)
    shown = tuple("(none)" if one is None else one for one in left_out.head(EXAMPLES))
    reason = f"a product beside its variants, which are the items (told by {said})"
    change = RowChange(table="items", action="dropped", reason=reason, count=left_out.len(), examples=shown)
    return table.filter(~gone), [change], f"variants have what they lack of their product (told by {said})"


def _by_parent(table: pl.DataFrame, item_id: str) -> tuple[pl.Series, str] | None:
    """The row of each variant's product, by a column that names its id."""
    keys = names()["item_id"]
    ids = [name for name in table.columns if plain_name(name) in keys or plain_name(name).endswith("id")]
    others = names()["not_of_items"]  # whose parents are no products
    ids = [name for name in ids if not any(part in plain_name(name) for part in others)]
    owners = [item_id, *(name for name in ids if name != item_id)]
    for name in _called(table, "parent"):
        if name == item_id:
            continue
        parents = as_text(table[name]).str.strip_chars().str.strip_prefix("id:").replace(["0", ""], [None, None])
        for owner in owners:
            own = as_text(table[owner]).str.strip_chars()
            places = pl.DataFrame({"own": own}).with_row_index("row").drop_nulls().unique("own", keep="first")
            found = parents.to_frame("own").join(places, on="own", how="left", maintain_order="left")["row"]
            variants = found.is_not_null() & (parents != own).fill_null(False)
            heads = found.filter(variants).unique()
            of_none = parents.gather(heads).is_null().all()  # a product is no variant itself
            if variants.any() and of_none and int(variants.sum()) >= _MOSTLY * parents.count():
                return found.set(~variants, None), f'"{name}"'
    return None


def _by_type(table: pl.DataFrame, item_id: str, title: str) -> tuple[pl.Series, str] | None:
    """The row of each variant's product, by a column that says which rows are variants."""
    for name in _called(table, "row_type"):
        kinds = as_text(table[name]).str.to_lowercase().str.replace_all(r"[\s_-]", "")
        variants = kinds.is_in(list(_VARIANT)).fill_null(False)
        products = ~variants & as_text(table[title]).is_not_null()
        if not variants.any() or not products.any():
            continue
        rows = pl.DataFrame({"row": pl.int_range(table.height, eager=True, dtype=pl.UInt32)})
        rows = rows.with_columns(row=pl.when(products).then("row"))
        for key in _called(table, "group"):
            keyed = rows.with_columns(key=as_text(table[key]))
            first = pl.col("row").drop_nulls().first().over("key")
            found = keyed.select(pl.when(pl.col("key").is_not_null()).then(first)).to_series()
            if key != item_id and found.filter(variants).null_count() == 0:
                return found.set(~variants, None), f'"{name}" and "{key}"'
        above = rows["row"].forward_fill()
        if above.filter(variants).null_count() == 0:
            return above.set(~variants, None), f'"{name}"'
    return None


def _called(table: pl.DataFrame, kind: str) -> list[str]:
    known = names()[kind]
    return [name for name in table.columns if plain_name(name) in known and not table.schema[name].is_nested()]


def _filled(table: pl.DataFrame, title: str, columns: list[str], products: pl.Series) -> pl.DataFrame:
    """What variants lack, from the rows of their products."""
    table = table.with_columns(as_text(table[name]) for name in columns if table.schema[name] == pl.String)
    variants = products.is_not_null()
    above = table.select(columns)[products.fill_null(0)]
    dearer = _dearer(table)
    filled = []
    for name in columns:
        own = table[name]
        if name == title:
            own = _titles(own, above[name], variants)
        lacking = variants & own.is_null()
        if dearer is not None and plain_name(name) in names()["price"]:
            lacking &= ~dearer
        filled.append(above[name].zip_with(lacking, own))
    return table.with_columns(filled)


def _titles(own: pl.Series, products: pl.Series, variants: pl.Series) -> pl.Series:
    """Titles of variants that say no word of their product, such as "Red", after it."""
    own = own.set(variants & own.is_in(_UNTITLED).fill_null(False), None)
    places = (variants & own.is_not_null() & products.is_not_null()).arg_true()
    texts = [_together(one, two) for one, two in zip(products.gather(places), own.gather(places), strict=True)]
    return own.scatter(places, texts) if texts else own


def _together(product: str, variant: str) -> str:
    shared = set(_WORD.findall(product.lower())) & set(_WORD.findall(variant.lower()))
    return variant if shared else f"{product}, {variant}"


def _dearer(table: pl.DataFrame) -> pl.Series | None:
    """The rows that name a surcharge: their price isn't their product's."""
    for name in _called(table, "surcharge"):
        number = as_text(table[name]).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        return (as_text(table[name]).is_not_null() & (number.fill_null(1) != 0)).fill_null(False)
    return None
