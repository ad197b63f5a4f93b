"""How often customers who pay once a period (a year, say) without a contract will pay again.

Reads     purchases.Histories; how often each gap between two purchases occurs.
Gives     PeriodicRates: the same questions as PurchaseRates; None where customers pay at no period.
Method    each payment renews or does not: shifted beta-geometric by payments made (Fader & Hardie 2007, see renewals),
          a payment being due one period after the last. One that is overdue is still awaited with the chance that
          such a gap ends so late (gaps seen, as shares). Whose gap is longer than any such has lapsed.
Assumes   who skipped a period is gone; gaps vary alike for all.
Not for   customers who buy when they like: see purchases, pareto, regular.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from worthline.customers.value.purchases import Histories
from worthline.customers.value.renewals import Leavers, RenewalCurve, fit_leaving
from worthline.errors import NotConverged, NotEnoughData
from worthline.stats.maximise import Floats

LEAST_PERIOD = 4.0
"""Weeks; below it customers are regular buyers, and some gaps are skipped at will."""
NEAR = (0.75, 1.35)
"""Of the median gap, between which a gap is one period."""
NEARLY_ALL = 0.9
"""Share of gaps that are one period, from which customers pay by it."""
SURE = 1e6
"""Concentration of a Beta that stands for one rate."""


@dataclass(frozen=True, slots=True)
class PeriodicRates:
    """A payment every `period` weeks until the customer does not renew."""

    period: float
    late: Floats
    """Lengths of a period's gaps in weeks, ascending, each as often as it occurs in a thousand."""
    curve: RenewalCurve
    log_likelihood: float
    customers: int

    @property
    def covariance(self) -> Floats:
        """Of the logarithms of the curve's free parameters."""
        return self.curve.covariance

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(will renew at the payment now awaited | history).

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        awaited = self._awaited(age - t_x)
        renews = self._renews(x, 1)[:, 0]
        return np.asarray(renews * awaited / (1 - renews + renews * awaited))

    def expected(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[payments in the next t | history].

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        return self.alive(x, t_x, age) * self.expected_if_alive(t, x, t_x, age)

    def expected_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """The same, given that the payment now awaited will come.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        return np.asarray(self._at_least(t, x, t_x, age).sum(axis=1))

    def silent_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no payment in the next t), given that the one awaited will come.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        return np.asarray(1 - self._at_least(t, x, t_x, age)[:, 0])

    def silent_and_here(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """The same: who has not paid yet and will is still a customer.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        return self.silent_if_alive(t, x, t_x, age)

    def pairs_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[N (N - 1)] of N payments in the next t, given that the one awaited will come.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        enough = self._at_least(t, x, t_x, age)
        return np.asarray(2 * enough @ np.arange(enough.shape[1], dtype=np.float64))

    def moved(self, i: int, step: float) -> PeriodicRates:
        """The same with the logarithm of free parameter i of the curve moved."""
        alpha, beta = np.array([self.curve.alpha, self.curve.beta]) * np.exp(step * (np.arange(2) == i))
        return replace(self, curve=replace(self.curve, alpha=alpha, beta=beta))

    def _awaited(self, gap: Floats) -> Floats:
        """Share of periods' gaps that are longer than this one so far."""
        return np.asarray(1 - np.searchsorted(self.late, gap, side="right") / self.late.size)

    def _renews(self, x: Floats, payments: int) -> Floats:
        """P(the next 1 .. payments are made | x + 1 were), shape (n, payments)."""
        survival = self.curve.survival(int(x.max(initial=0)) + payments)
        at = x.astype(np.int64)
        return np.asarray(survival[at[:, None] + np.arange(1, payments + 1)] / survival[at][:, None])

    def _at_least(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(1, 2, .. payments within t), given that the one awaited will come; shape (n, payments)."""
        payments = int(t / self.period) + 2
        renews = self._renews(x, payments)
        gap = age - t_x
        first = self.late[None, :] if self.late.size else np.array([[self.period]])
        out = np.zeros((x.size, payments))
        gaps, at = np.unique(gap, return_inverse=True)
        still = first > gaps[:, None]
        count = np.maximum(still.sum(axis=1), 1)
        for j in range(payments):
            # The awaited one ends its own gap; those after it follow a period apart.
            within = still & (first - gaps[:, None] + j * self.period <= t)
            out[:, j] = (within.sum(axis=1) / count)[at] * renews[:, j] / renews[:, 0]
        return out


def fit_periodic(histories: Histories, gaps: Sequence[tuple[float, float]]) -> PeriodicRates | None:
    """Fit where nearly all gaps are one period; raises NotEnoughData, NotConverged."""
    one = period(gaps)
    if one is None:
        return None
    late = np.quantile(one, (np.arange(1_000) + 0.5) / 1_000)
    # A purchase lies anywhere in its week: without half a week more nobody would ever be a day late.
    late = np.sort(late + (np.arange(1_000) * 0.618034) % 1 - 0.5)
    leavers = _leavers(histories, float(late[-1]))
    try:
        curve = fit_leaving(leavers)
    except (NotConverged, NotEnoughData):
        curve = _one_rate(leavers)
    return PeriodicRates(float(late.mean()), late, curve, curve.log_likelihood, round(histories.customers.sum()))


def period(gaps: Sequence[tuple[float, float]]) -> Floats | None:
    """Gaps between purchases that are one period, in weeks, each as often as it occurs; None where most are not."""
    if not gaps:
        return None
    length, n = (np.array(column, dtype=np.float64) for column in zip(*gaps, strict=True))
    order = np.argsort(length)
    length, n = length[order], n[order]
    median = float(length[np.searchsorted(np.cumsum(n), n.sum() / 2)])
    one = (length >= NEAR[0] * median) & (length <= NEAR[1] * median)
    if median < LEAST_PERIOD or n[one].sum() < NEARLY_ALL * n.sum():
        return None
    return np.repeat(length[one], n[one].astype(np.int64))


def _leavers(histories: Histories, longest: float) -> Leavers:
    """By payments made: who renewed, and who did not within the longest gap; the payment awaited is not known yet."""
    x = histories.x.astype(np.int64)
    lapsed = (histories.age - histories.t_x) > longest
    most = int(x.max()) + 1
    lost = np.bincount(x, weights=histories.customers * lapsed, minlength=most)
    last = np.bincount(x, weights=histories.customers, minlength=most)
    renewed = last[::-1].cumsum()[::-1] - last  # who has more than x repeats renewed after x
    return Leavers.by_age(np.asarray(renewed + lost, dtype=np.float64), np.asarray(lost, dtype=np.float64))


def _one_rate(leavers: Leavers) -> RenewalCurve:
    """The same chance of not renewing at each payment; raises NotEnoughData where nobody was to renew."""
    n, gone = float(leavers.at_risk.sum()), float(leavers.lost.sum())
    if n <= 0:
        raise NotEnoughData("renewals by the period: nobody's second payment was due yet.")
    rate = (gone + 0.5) / (n + 1)
    value = gone * np.log(rate) + (n - gone) * np.log1p(-rate)
    spread = np.array([[(1 - rate) / (gone + 0.5), 0.0], [0.0, 0.0]])
    return RenewalCurve(rate * SURE, (1 - rate) * SURE, 1.0, float(value), round(n), spread)
