"""The words of titles: which items some words name, and which have words of a chosen item's title.

    terms = Terms.of(["Dinosaur Paper Cups", "Space Paper Cups", "Tent"])
    terms.named("a dinosaur party")      # [.4, 0, 0]
    terms.beside([0])                    # how much the titles have in common with the first

Encoders tell what is meant, and hardly which one: a motif, a model, a size or a brand is a word that few titles have.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from threading import Lock
from typing import Any, Self

import numpy as np
import snowballstemmer  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.encoder.situations import situations
from bundlesmith.ranking.evidence import Table
from bundlesmith.ranking.layers import LayeredRows

_COLUMNS = 2**20
"""Terms are told apart by a hash of so many values."""
MOST_TOLD = 2.0
"""What the terms of a request tell in all, at most: about as much as those of a few plain words do."""
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of the titles of N items.

    What a term tells is log((N + 1) / (n + .5)) / log(N + 1), n being the titles that have it, at least 1 (the inverse
    document frequency of Spärck Jones, Journal of Documentation, 1972).

    Attributes:
        rows: float32, sparse [N, columns]: what each term of a title tells, scaled to length 1.
        lengths: float32 [N], before that.
        telling: float32 [columns], what each term tells, as the titles were at first.
    """

    rows: LayeredRows
    lengths: Table
    telling: Table

    @classmethod
    def of(cls, titles: Sequence[str]) -> Self:
        """Those of all items at first."""
        return cls.of_counts(counts(titles))

    @classmethod
    def of_counts(cls, found: Any) -> Self:
        """The same, from `counts` of the titles."""
        size = found.shape[0] + 1
        having = np.maximum(np.bincount(found.indices, minlength=_COLUMNS), 1)
        telling = (np.log(size / (having + 0.5)) / np.log(max(size, 2))).astype(np.float32)
        rows, lengths = _unit(found, telling)
        return cls(LayeredRows(rows), lengths, telling)

    def put(self, rows: Sequence[int], titles: Sequence[str]) -> Self:
        """The terms with other titles of some items; a row that there wasn't has to be the next one."""
        changed, length = _unit(counts(titles), self.telling)
        layered = self.rows.put(rows, changed)
        lengths = np.concatenate([self.lengths, np.ones(layered.shape[0] - len(self.lengths), np.float32)])
        lengths[list(rows)] = length
        return type(self)(layered, lengths, self.telling)

    def weighed(self, texts: Sequence[str]) -> Any:
        """What each term of some texts tells: sparse [texts, columns]."""
        return _weighed(counts(texts), self.telling)

    def named(self, words: str) -> Table:
        """How far each title has the terms of some words: [N].

        The sum, over the terms that it has, of what they tell times how seldom people say them, whatever they are
        after: log((S + 1) / (s + .5)) / log(2 (S + 1)), s of S sayings having the term. The terms of a long story,
        which come to more than MOST_TOLD, count for the less.
        """
        said, every = sayings()
        terms = terms_of(words)
        places, seldom = np.array([column(term) for term in terms], np.int64), np.zeros(_COLUMNS, np.float32)
        seldom[places] = [np.log((every + 1) / (said[term] + 0.5)) / np.log(2 * (every + 1)) for term in terms]
        share = min(1.0, MOST_TOLD / max(float(seldom[places] @ self.telling[places]), 1e-9))
        found: Table = self.rows.of_columns(seldom, np.unique(places)) * self.lengths * np.float32(share)
        return found

    def having(self, words: str) -> NDArray[np.bool_]:
        """Which titles have all terms of some words: [N]."""
        places = np.unique(np.array([column(term) for term in terms_of(words)], np.int64))
        wanted = np.zeros(_COLUMNS, np.float32)
        wanted[places] = 1 / np.maximum(self.telling[places], 1e-9)
        found: NDArray[np.bool_] = self.rows.of_columns(wanted, places) * self.lengths > len(places) - 0.5
        return found

    def beside(self, chosen: Sequence[int], among: Any = None) -> list[Table]:
        """The cosine of each title with that of each chosen row: [rows], for each of *chosen*.

        Args:
            chosen: rows.
            among: some of `rows`; None: all.
        """
        return [
            self.rows.of_columns(title, columns) if among is None else among @ title
            for title, columns in _dense(self.rows[list(chosen)])
        ]

    def shared(self, among: Any, texts: Sequence[str]) -> list[Table]:
        """How much the terms that some texts share with each row of *among*, which is as `weighed` gives it, tell."""
        return [among @ text for text, _ in _dense(self.weighed(texts))]


def terms_of(text: str) -> set[str]:
    """The words of a text without their endings; of Chinese signs each two that stand side by side, or a single one."""
    found = set[str]()
    for word in _WORD.findall(text.casefold()):
        if "\u3400" <= word[0] <= "\u9fff":
            found.update({word} if len(word) == 1 else {word[at : at + 2] for at in range(len(word) - 1)})
        else:
            found.add(_stem(word))
    return found


def counts(texts: Iterable[str]) -> Any:
    """Which terms texts have: sparse [N, columns], of ones."""
    places = [sorted({column(term) for term in terms_of(text)}) for text in texts]
    ends = np.cumsum([0, *map(len, places)])
    return of_places(np.fromiter(chain.from_iterable(places), np.int32, int(ends[-1])), ends)


def of_places(places: Any, ends: Any) -> Any:
    """The same from its places, of all texts one after the other, and where those of each end."""
    return sparse.csr_matrix((np.ones(len(places), np.float32), places, ends), (len(ends) - 1, _COLUMNS))


@lru_cache(maxsize=2**18)
def column(term: str) -> int:
    """The column of a term."""
    from sklearn.utils import murmurhash3_32  # type: ignore[import-untyped]

    place: int = murmurhash3_32(term, positive=True) % _COLUMNS
    return place


def _dense(rows: Any) -> Iterator[tuple[Table, Any]]:
    """Each sparse row as a vector, which the next one changes, and the columns where it isn't 0."""
    vector = np.zeros(rows.shape[1], np.float32)
    for row in rows:
        vector[row.indices] = row.data
        yield vector, row.indices
        vector[row.indices] = 0


def _weighed(found: Any, telling: Table) -> Any:
    return sparse.csr_matrix((telling[found.indices], found.indices, found.indptr), found.shape)


def _unit(found: Any, telling: Table) -> tuple[Any, Table]:
    """Rows of ones weighed by what columns tell, of length 1; and the lengths that they had."""
    weighed = _weighed(found, telling)
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(1)).ravel()).astype(np.float32)
    weighed.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(found.indptr))
    return weighed, lengths


def sayings() -> tuple[Counter[str], int]:
    """How many of the sayings of situations have each term; and how many there are. Read once, in about a second."""
    with _READING:
        return _sayings()


@lru_cache(maxsize=1)
def _sayings() -> tuple[Counter[str], int]:
    texts = [text for each in situations() for text in (*each.words, each.name)]
    return Counter(term for text in texts for term in terms_of(text)), len(texts)


@lru_cache(maxsize=2**18)
def _stem(word: str) -> str:
    stem: str = _STEMMER.stemWord(word)
    return stem


_READING = Lock()  # whoever asks meanwhile waits, and doesn't read them as well
_STEMMER = snowballstemmer.stemmer("english")
