"""What items stood with, as vectors: for catalogues without texts, which can be spelled by nothing else.

    if is_textless(catalogue):
        vectors = vectors_of_company(data, catalogue)

Items that stand in the same bundles and histories get vectors that are near each other: a truncated SVD of the matrix
of groups and items, scaled by how many each holds (spectral co-clustering; Dhillon, 2001).
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError

_DIMENSIONS = 64
_FEW_ITEMS = 2


def is_textless(catalogue: Catalogue) -> bool:
    """Whether titles hold the items' ids and are else the same but for numbers, such as "item 851"."""
    ids = map(str, catalogue.ids)
    if not all(item in title for item, title in zip(ids, catalogue.titles, strict=True)):
        return False
    rest = pl.Series(catalogue.titles, dtype=pl.String).str.replace_all(r"\d+", "")
    return len(catalogue) >= _FEW_ITEMS and rest.n_unique() == 1


def vectors_of_company(data: Path, catalogue: Catalogue, seed: int = 7) -> NDArray[np.float32]:
    """Vectors of items by the bundles, sessions and customers of the training split.

    Args:
        data: a folder that `prepare` wrote.
        catalogue: its items.
        seed: of the SVD.

    Returns:
        [N, D] in the catalogue's order, D at most 64, of length 1; zeros for items that stood with nothing.

    Raises:
        BundlesmithError: if no two items stood together.
    """
    from sklearn.utils.extmath import randomized_svd  # type: ignore[import-untyped]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    matrix = _groups_of_items(data, catalogue)
    if not matrix.nnz:
        raise BundlesmithError("The items have no text, and no two of them stood together.", "Give items titles.")
    sizes, counts = (np.asarray(matrix.sum(axis)).ravel() for axis in (1, 0))
    scaled = matrix.multiply(1 / np.sqrt(sizes)[:, None]).multiply(1 / np.sqrt(np.maximum(counts, 1))[None, :])
    dimensions = min(_DIMENSIONS + 1, *(size for size in matrix.shape))
    with threadpool_limits(limits=1):
        _, values, parts = randomized_svd(scaled.tocsr(), dimensions, random_state=seed)
    vectors = (parts[1:] * values[1:, None]).T  # the first one says how frequent items are
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, where=lengths > 0, out=np.zeros_like(vectors)), np.float32)


def _groups_of_items(data: Path, catalogue: Catalogue) -> Any:
    """A sparse matrix: 1 where a bundle, session or customer of the training split has an item."""
    from scipy.sparse import coo_matrix

    train = pl.col("split") == "train"
    bundles = pl.scan_parquet(data / "bundles.parquet").filter(train)
    events = pl.scan_parquet(data / "events.parquet").filter(train)
    held = [
        bundles.select(group=pl.lit("b") + pl.col("bundle_id"), item=pl.col("items")).explode("item"),
        events.select(
            group=pl.coalesce(pl.lit("s") + pl.col("session_id"), pl.lit("u") + pl.col("user_id")), item="item_id"
        ),
    ]
    rows = pl.LazyFrame({"item": list(map(str, catalogue.ids))}).with_row_index("row")
    pairs = pl.concat(held).unique().join(rows, on="item").sort("group", "row").collect()
    pairs = pairs.filter(pl.len().over("group") > 1)
    groups = pairs["group"].rank("dense").to_numpy() - 1
    shape = (int(groups.max()) + 1 if len(groups) else 0, len(catalogue))
    return coo_matrix((np.ones(len(groups)), (groups, pairs["row"].to_numpy())), shape).tocsr()
