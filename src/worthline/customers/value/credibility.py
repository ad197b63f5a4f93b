"""Each customer's own level, drawn towards the company's where little is known of them.

Reads     for each customer two sums (of the last three months, of the nine before) and what they are divided by.
Gives     Levels: the level of each, how sure it is, and how much it moves about.
Method    credibility, Buehlmann & Straub (1970), Mitteilungen der Vereinigung schweizerischer
          Versicherungsmathematiker 70, 111-133: variance within customers from the difference of the two
          sums, between customers from what is left. Levels may be below zero: a loss is a loss.
Assumes   a customer's level stays; what moves about is independent from month to month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worthline.stats.maximise import Floats


@dataclass(frozen=True, slots=True)
class Company:
    """What is true of all customers."""

    mean: float
    within: float
    """Variance of a sum of weight 1 about the customer's level."""
    between: float
    """Variance of levels over customers."""

    def of(self, sums: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """Each customer's level, and its variance."""
        weight, total = weights[0] + weights[1], sums[0] + sums[1]
        if self.between <= 0:
            return np.full(weight.size, self.mean), np.zeros(weight.size)
        needed = self.within / self.between
        own = np.where(weight > 0, weight / np.maximum(weight + needed, 1e-300), 0.0)
        mine = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), self.mean)
        return np.asarray(self.mean + own * (mine - self.mean)), np.asarray(self.between * (1 - own))


def company(sums: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> Company | None:
    """Fit to customers; None where nothing is known of anybody."""
    weight, total = weights[0] + weights[1], sums[0] + sums[1]
    seen = weight > 0
    if not seen.any():
        return None
    mean = float(total[seen].sum() / weight[seen].sum())
    twice = (weights[0] > 0) & (weights[1] > 0)
    within = 0.0
    if twice.any():
        apart = sums[0][twice] / weights[0][twice] - sums[1][twice] / weights[1][twice]
        within = float((apart**2 / (1 / weights[0][twice] + 1 / weights[1][twice])).mean())
    n, w = int(seen.sum()), weight[seen]
    spare = w.sum() - (w**2).sum() / w.sum()
    if n < 2 or spare <= 0:
        return Company(mean, within, 0.0)
    about = float((w * (total[seen] / w - mean) ** 2).sum())
    return Company(mean, within, max((about - (n - 1) * within) / float(spare), 0.0))
