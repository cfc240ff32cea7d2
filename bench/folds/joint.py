"""A reader's states, projected, times what items are: added to the ranker's logits, and learnt in product with them.

    score(item) = a · log P_ranker(item) + h' W v(item)

W is fitted by the likelihood of what is wanted, over all items, with an L2 penalty that a part of the sessions decides.
The control is the ranker alone with its power a. (A product of experts: Hinton, ICANN 1999.)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.folds.questions import Question
from bundlesmith.ranking.evidence import Numbers, Table

PENALTIES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4)
"""Of the sum of the squares of W; from the strongest."""
_STEPS = 60
_BATCH = 512
"""So many questions' chances are worked out at once."""
_BARRED = -60.0
"""The logarithm of the chance of an item that may not come."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Questions, with the ranker's log-probabilities and a reader's states.

    Attributes:
        base: [Q, N].
        states: [Q, H]; H is 0 if nobody reads.
        targets: [Q, N], each row adds up to 1: what is wanted.
    """

    base: Table
    states: Table
    targets: Any

    def some(self, rows: Numbers) -> "Asked":
        """The questions of these numbers."""
        return Asked(self.base[rows], self.states[rows], self.targets[rows])


def asked_of(questions: Sequence[Question], base: Table, states: Table) -> Asked:
    """What a part is learnt from, or asked."""
    from scipy import sparse

    rows = [at for at, each in enumerate(questions) for _ in each.wanted]
    columns = [row for each in questions for row in each.wanted]
    shares = [1 / len(each.wanted) for each in questions for _ in each.wanted]
    targets = sparse.csr_matrix((shares, (rows, columns)), base.shape, np.float32)
    return Asked(np.maximum(base, _BARRED), states, targets)


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """What was learnt.

    Attributes:
        power: of the ranker.
        weights: [H, K].
        mean, scale: [H], of the states.
        items: [N, K], what items are.
    """

    power: float
    weights: Table
    mean: Table
    scale: Table
    items: Table

    def log_chances(self, asked: Asked) -> Table:
        """[Q, N]."""
        from scipy.special import log_softmax

        logits = self.power * asked.base + self._read(asked.states) @ self.weights @ self.items.T
        found: Table = log_softmax(logits, axis=1).astype(np.float32)
        return found

    def _read(self, states: Table) -> Table:
        return ((states - self.mean) / self.scale).astype(np.float32)

    @classmethod
    def learnt(cls, asked: Asked, items: Table, penalty: float) -> "Joint":
        """The likeliest weights, given a penalty."""
        from scipy.optimize import minimize

        width = asked.states.shape[1]
        mean = asked.states.mean(0) if width else np.zeros(0, np.float32)
        scale = (asked.states.std(0) + 1e-6) * np.sqrt(max(width, 1)) if width else np.ones(0, np.float32)
        begin = cls(1.0, np.zeros((width, items.shape[1]), np.float32), mean, scale.astype(np.float32), items)
        slope_of = _likelihood(asked, begin._read(asked.states), items)

        def loss(values: Any) -> tuple[float, Any]:
            weights = values[1:].astype(np.float32).reshape(begin.weights.shape)
            nats, of_power, of_weights = slope_of(float(values[0]), weights)
            penalised = nats + penalty * float((weights * weights).sum())
            slope = np.concatenate([[of_power], (of_weights + 2 * penalty * weights).ravel()])
            return penalised, slope.astype(np.float64)

        start = np.concatenate([[1.0], np.zeros(begin.weights.size)])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
        return cls(float(found[0]), found[1:].astype(np.float32).reshape(begin.weights.shape), mean, begin.scale, items)


def _likelihood(asked: Asked, read: Table, items: Table) -> Callable[[float, Table], tuple[float, float, Table]]:
    """How unlikely what is wanted is, and its slopes, by the ranker's power and the weights.

    Of what is wanted only two sums are needed, worked out once; the chances of all items are made some rows at a time.
    """
    import torch

    wanted = np.asarray(asked.targets @ items, np.float32)
    of_base = float(asked.targets.multiply(asked.base).sum())
    base, states, kinds = (torch.from_numpy(np.ascontiguousarray(each)) for each in (asked.base, read, items))

    def slopes(power: float, weights: Table) -> tuple[float, float, Table]:
        projected = states @ torch.from_numpy(weights)
        nats, of_power, expected = 0.0, -of_base, torch.from_numpy(-wanted)
        for rows in torch.arange(len(base)).split(_BATCH):
            logits = torch.addmm(base[rows], projected[rows], kinds.T, beta=power)
            total = logits.logsumexp(1, keepdim=True)
            nats += float(total.sum())
            chances = logits.sub_(total).exp_()
            of_power += float((chances * base[rows]).sum())
            expected[rows] += chances @ kinds
        nats -= power * of_base + float((projected.numpy() * wanted).sum())
        size = len(base)
        return nats / size, of_power / size, np.asarray((states.T @ expected).numpy()) / size

    return slopes


def nats_of(logs: Table, asked: Asked) -> Table:
    """How unlikely what is wanted was: [Q]; of several that are wanted the mean."""
    found: Table = -np.asarray(asked.targets.multiply(logs).sum(1)).ravel()
    return found


def chosen_penalty(asked: Asked, items: Table, apart: Numbers, penalties: Sequence[float] = PENALTIES) -> float:
    """The penalty that is best for the questions *apart* (numbers), learnt from the others."""
    if not asked.states.shape[1]:
        return penalties[0]
    others = np.setdiff1d(np.arange(len(asked.base)), apart)
    learn, held = asked.some(others), asked.some(apart)
    nats = []
    for penalty in penalties:
        made = Joint.learnt(learn, items, penalty)
        nats.append(float(nats_of(made.log_chances(held), held).mean()))
        if len(nats) > 1 and nats[-1] > nats[-2]:
            break
    return penalties[int(np.argmin(nats))]


def principal(vectors: Table, width: int) -> Table:
    """The vectors' first principal components, each column with the deviation that it has, scaled to a mean square
    length of 1 (Pearson, 1901): [N, width]."""
    centred = vectors - vectors.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    found = centred @ axes[:width].T
    scaled: Table = (found / np.sqrt((found**2).sum(1).mean())).astype(np.float32)
    return scaled


def of_categories(items: Table, kinds: Numbers) -> Table:
    """What each item's category is: the mean of its items; so scores tell categories, not items."""
    sums = np.zeros((kinds.max() + 1, items.shape[1]), np.float32)
    np.add.at(sums, kinds, items)
    means = (sums / np.maximum(np.bincount(kinds), 1)[:, None])[kinds]
    scaled: Table = (means / np.sqrt((means**2).sum(1).mean())).astype(np.float32)
    return scaled
