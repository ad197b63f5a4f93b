"""Each customer's own level, drawn towards the company's where little is known of them.

Reads     for each customer two sums (of the last three months, of the nine before) and what they are divided by.
Gives     Company: the level of each customer, how sure it is, and how much it moves about.
Method    credibility, Buehlmann & Straub (1970), Mitteilungen der Vereinigung schweizerischer
          Versicherungsmathematiker 70, 111-133: variance within customers from the difference of the two
          sums, between customers from what is left. Levels may be below zero: a loss is a loss.
          Very large customers (stats/very_large) stand apart: they keep their own level, and move nobody else's.
Assumes   a customer's level stays; what moves about is independent from month to month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worthline.stats.maximise import Floats
from worthline.stats.very_large import FEWEST, largest


@dataclass(frozen=True, slots=True)
class Company:
    """What is true of all customers but the very large ones."""

    mean: float
    within: float
    """Variance of a sum of weight 1 about the customer's level."""
    between: float
    """Variance of levels over customers."""
    largest: float = float("inf")
    """Size of the two sums together above which a customer is very large."""
    relative: float = 0.0
    """`within` of a very large customer, as a share of their level squared."""

    def of(self, sums: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """Each customer's level, and its variance.

        Shapes: `sums` two of (n,), money; `weights` two of (n,); gives two of (n,).
        """
        weight, total = weights[0] + weights[1], sums[0] + sums[1]
        mine = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), self.mean)
        if self.between <= 0:
            level, unsure = np.full(weight.size, self.mean), np.zeros(weight.size)
        else:
            needed = self.within / self.between
            own = np.where(weight > 0, weight / np.maximum(weight + needed, 1e-300), 0.0)
            level, unsure = self.mean + own * (mine - self.mean), self.between * (1 - own)
        large = self._large(total) & (weight > 0)
        alone = self.relative * mine**2 / np.where(weight > 0, weight, 1.0)
        return np.where(large, mine, level), np.where(large, alone, unsure)

    def noise(self, sums: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> Floats:
        """Variance of a sum of weight 1 about each customer's level.

        Shapes: `sums` two of (n,), money; `weights` two of (n,); gives (n,).
        """
        level, _ = self.of(sums, weights)
        return np.where(self._large(sums[0] + sums[1]), self.relative * level**2, self.within)

    def _large(self, total: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(np.abs(total) > self.largest)


def company(sums: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> Company | None:
    """Fit to customers; None where nothing is known of anybody.

    Shapes: `sums` two of (n,), money; `weights` two of (n,).
    """
    weight, total = weights[0] + weights[1], sums[0] + sums[1]
    seen = weight > 0
    if not seen.any():
        return None
    limit = largest(np.abs(total[seen]))
    large = seen & (np.abs(total) > limit)
    body = seen & ~large
    mean = float(total[body].sum() / weight[body].sum())
    apart, twice = _apart(sums, weights)
    within = float(apart[twice & body].mean()) if (twice & body).any() else 0.0
    relative = _relative(apart, total / np.where(seen, weight, 1.0), twice & large, twice & body)
    n, w = int(body.sum()), weight[body]
    spare = w.sum() - (w**2).sum() / w.sum()
    if n < 2 or spare <= 0:
        return Company(mean, within, 0.0, limit, relative)
    about = float((w * (total[body] / w - mean) ** 2).sum())
    return Company(mean, within, max((about - (n - 1) * within) / float(spare), 0.0), limit, relative)


def _apart(
    sums: tuple[Floats, Floats], weights: tuple[Floats, Floats]
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Variance of a sum of weight 1, as each customer's two periods tell it; and of whom there are two."""
    twice = (weights[0] > 0) & (weights[1] > 0)
    one, two = (np.where(twice, w, 1.0) for w in weights)
    return (sums[0] / one - sums[1] / two) ** 2 / (1 / one + 1 / two), twice


def _relative(
    apart: Floats,
    level: Floats,
    large: np.ndarray[tuple[int], np.dtype[np.bool_]],
    body: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> float:
    """Variance within, as a share of the level squared: of the very large, or where they are few of all at least."""
    shares = []
    for some in (large, body):
        square = float((level[some] ** 2).sum())
        shares.append(float(apart[some].sum()) / square if square > 0 else 0.0)
    return shares[0] if large.sum() >= FEWEST else max(shares)
