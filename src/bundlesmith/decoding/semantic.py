"""Semantic spellings: an item is written in residual-quantised codes of its text embedding, "<a_17><b_203><c_5>".

Level by level, k-means groups what the levels before left over (the residual), so items that are alike share leading
codes. Each code is one token that a tokenizer doesn't have yet. Items with equal codes get a last code that counts
them. The idea is that of TIGER (Rajput et al., 2023) and OneRec, with k-means in place of a trained autoencoder.
"""

import math
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.encoder.embedding import MINILM, embed, item_texts
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import loud_writes

_MOST_CODES = 256
_SAMPLE = 16_384
_ROWS = 4_096
_CODE = re.compile(r"<([a-z])_(\d+)>")


def semantic(
    catalogue: Catalogue, encoder: str = MINILM, vectors: NDArray[np.float32] | None = None
) -> tuple[list[str], "Codebook"]:
    """Spell every item by codes of its title and category path, or of *vectors*.

    Args:
        catalogue: the items.
        encoder: see `bundlesmith.encoder.embedding.embed`.
        vectors: [N, D] in place of embeddings, for items without texts.

    Returns:
        one text an item, in the catalogue's order, all different; and the codebook, for items that come later.

    Raises:
        BundlesmithError: if the encoder can't be loaded.
    """
    embeddings = embed(item_texts(catalogue), encoder) if vectors is None else vectors
    codebook = fit_codebook(embeddings)
    return [write_codes(code) for code in resolve(encode(codebook, embeddings))], codebook


@dataclass(frozen=True, slots=True, eq=False)
class Codebook:
    """What `fit_codebook` learned.

    Attributes:
        centroids: one array a level, float32 [codes, D]; code c of a level stands for `centroids[level][c]`.
    """

    centroids: tuple[NDArray[np.float32], ...]


def fit_codebook(embeddings: NDArray[np.float32], levels: int = 3, codes: int | None = None, seed: int = 7) -> Codebook:
    """Learn the codes of each level by k-means on the residuals of the levels before.

    More than 16,384 embeddings are sampled down to that many (without replacement) for the fit; `encode` then takes
    all of them. A level has fewer codes where fewer residuals differ. Runs in one thread: sums are then added in the
    same order whatever the machine has, so equal arguments give equal codebooks.

    Args:
        embeddings: [N, D].
        levels: codes an item, 1 to 25.
        codes: codes a level at most; by default the square root of N, up to 256.
        seed: of the sample and of k-means.

    Raises:
        BundlesmithError: if there is no embedding, one isn't finite, or *levels* or *codes* is out of range.
    """
    _check(embeddings)
    if not 1 <= levels < len(ascii_lowercase) or (codes is not None and codes < 1):
        raise BundlesmithError(f"{levels} levels of {codes} codes can't be fitted.", "Use 1 to 25, of 1 or more.")
    count = min(_MOST_CODES, math.ceil(len(embeddings) ** 0.5)) if codes is None else codes
    residual = _sample(embeddings, seed).astype(np.float64)
    centroids = []
    for level in range(levels):
        centroids.append(_cluster(residual.astype(np.float32), count, seed + level))
        residual -= centroids[-1][_nearest(residual, centroids[-1])]
    return Codebook(tuple(centroids))


def _check(embeddings: NDArray[np.float32]) -> None:
    if embeddings.ndim != 2 or 0 in embeddings.shape:
        raise BundlesmithError(f"Embeddings of shape {list(embeddings.shape)} can't be coded.", "Give [N, D].")
    if not np.isfinite(embeddings).all():
        row = int(np.argmin(np.isfinite(embeddings).all(axis=1)))
        raise BundlesmithError(f"The embedding of row {row} is not finite.", "Check the encoder.")


def _sample(embeddings: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    if len(embeddings) <= _SAMPLE:
        return embeddings
    return embeddings[np.sort(np.random.default_rng(seed).choice(len(embeddings), _SAMPLE, replace=False))]


def _cluster(points: NDArray[np.float32], count: int, seed: int) -> NDArray[np.float32]:
    """The centroids of at most *count* clusters; the distinct points themselves if they are no more than that."""
    from sklearn.cluster import KMeans  # type: ignore[import-untyped]
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    distinct = np.unique(points, axis=0)
    if len(distinct) <= count:
        return distinct
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # two clusters that rounding makes one do no harm
        fitted = KMeans(count, n_init=1, max_iter=50, random_state=seed).fit(points)
    return np.asarray(fitted.cluster_centers_, np.float32)


def _nearest(points: NDArray[np.float64], centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    """The nearest centroid of each point, the first of equally near ones.

    Distances are computed in double and compared in single precision: what is equally near must not hang on how many
    points are asked for at once.
    """
    double = centroids.astype(np.float64)
    norms = (double**2).sum(axis=1)
    parts = [points[start : start + _ROWS] for start in range(0, len(points), _ROWS)]
    return np.concatenate([(norms - 2 * part @ double.T).astype(np.float32).argmin(axis=1) for part in parts])


def encode(codebook: Codebook, embeddings: NDArray[np.float32]) -> NDArray[np.int64]:
    """The codes of items, also of items that the codebook wasn't fitted on: [N, levels].

    Each level takes the centroid nearest to what the levels before left over. An item's codes depend on its
    embedding alone.

    Raises:
        BundlesmithError: if the embeddings are not [N, D] of the codebook's D, or one isn't finite.
    """
    _check(embeddings)
    width = codebook.centroids[0].shape[1]
    if embeddings.shape[1] != width:
        raise BundlesmithError(
            f"Embeddings of {embeddings.shape[1]} numbers don't fit a codebook of {width}.",
            "Embed with the encoder that the codebook was fitted on.",
        )
    residual = embeddings.astype(np.float64)
    codes = np.empty((len(embeddings), len(codebook.centroids)), np.int64)
    for level, centroids in enumerate(codebook.centroids):
        codes[:, level] = _nearest(residual, centroids)
        residual -= centroids[codes[:, level]]
    return codes


def save_codebook(codebook: Codebook, path: Path) -> None:
    """Write a codebook as `.npz`, one array a level.

    Raises:
        BundlesmithError: if it can't be written.
    """
    with loud_writes(path):
        np.savez(path, *codebook.centroids)


def load_codebook(path: Path) -> Codebook:
    """Read what `save_codebook` wrote.

    Raises:
        BundlesmithError: if it can't be read.
    """
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            return Codebook(tuple(arrays[f"arr_{level}"] for level in range(len(arrays.files))))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BundlesmithError(f'"{path}" is not a codebook: {error}.', "Write one with `save_codebook`.") from error


def resolve(codes: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """Make codes unique: items with equal codes get one more, 0, 1, 2 … in the order of their rows.

    Items whose codes no other has stay as they are. So no result is a prefix of another.
    """
    rows = [tuple(row) for row in codes.tolist()]
    total, seen = Counter(rows), Counter[tuple[int, ...]]()
    result = []
    for row in rows:
        result.append((*row, seen[row]) if total[row] > 1 else row)
        seen[row] += 1
    return result


def write_codes(code: Sequence[int]) -> str:
    """The spelling of a code: (17, 203, 5) is "<a_17><b_203><c_5>"."""
    return "".join(f"<{ascii_lowercase[level]}_{number}>" for level, number in enumerate(code))


def read_codes(text: str) -> tuple[int, ...]:
    """The code that `write_codes` wrote as *text*.

    Raises:
        BundlesmithError: if *text* is no such spelling.
    """
    code = tuple(int(number) for _, number in _CODE.findall(text))
    if not code or len(code) > len(ascii_lowercase) or write_codes(code) != text:
        raise BundlesmithError(f'"{text}" is not a semantic spelling.', 'One looks like "<a_17><b_203><c_5>".')
    return code


def code_tokens(codebook: Codebook, texts: Sequence[str]) -> list[str]:
    """The texts of the tokens that spellings need, level by level: all codes of the codebook, and those that count.

    Twice as many of the latter as *texts* use, and 16 more, so that items that come later can be told apart too.
    """
    levels = len(codebook.centroids)
    counts = [code[levels] for code in map(read_codes, texts) if len(code) > levels]
    sizes = [*map(len, codebook.centroids), 2 * max(counts, default=0) + 16]
    return [f"<{ascii_lowercase[level]}_{n}>" for level, size in enumerate(sizes) for n in range(size)]


def hide_codes(text: str) -> str:
    """A text in which nothing is a code any more: "<a_1>" becomes "< a_1>"."""
    return _CODE.sub(lambda code: f"< {code[0][1:]}", text)


@dataclass(frozen=True, slots=True)
class CodeStatistics:
    """How well codes tell N items apart, before they are resolved.

    Attributes:
        collided: the share of items whose codes another item has too.
        largest: the most items with equal codes (1 if all differ).
        balance: for each level, the entropy of its codes over its highest possible value for as many codes,
            -sum(p ln p) / ln(K), where K codes are in use and p is the share of items with each; 1 if all are used
            alike, 0 if only one is used.
        prefixes: for each level, the number of different beginnings up to it.
    """

    collided: float
    largest: int
    balance: tuple[float, ...]
    prefixes: tuple[int, ...]


def code_statistics(codes: NDArray[np.int64]) -> CodeStatistics:
    """Measure codes [N, levels] as `encode` gives them, N at least 1."""
    levels = codes.shape[1]
    sizes = np.unique(codes, axis=0, return_counts=True)[1]
    collided = float(sizes[sizes > 1].sum() / len(codes))
    return CodeStatistics(
        collided=collided,
        largest=int(sizes.max()),
        balance=tuple(_balance(codes[:, level]) for level in range(levels)),
        prefixes=tuple(len(np.unique(codes[:, : level + 1], axis=0)) for level in range(levels)),
    )


def _balance(codes: NDArray[np.int64]) -> float:
    share = np.unique(codes, return_counts=True)[1] / len(codes)
    return float(-(share * np.log(share)).sum() / np.log(len(share))) if len(share) > 1 else 0.0
