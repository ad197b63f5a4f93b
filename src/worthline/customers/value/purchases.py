"""How often customers who buy when they like will buy again, and whether they are still there.

Reads     counts of distinct (x, t_x, age): repeat purchases, time of the last one, time observed (the papers' T),
          in one unit of time.
Gives     PurchaseRates: the chance that a customer is alive, and purchases expected.
Method    BG/NBD by maximum likelihood with its analytic gradient, in logarithms throughout, no penalty;
          Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284. MBG/NBD, where customers may leave after their
          first purchase too: Batislam, Denizel & Filiztekin (2007), Int. J. Research in Marketing 24(3), 201-209.
          One formula holds both: MBG/NBD has one chance of leaving more, so x becomes x + 1 beside a and b.
Assumes   purchases at random at a rate of the customer's own, Gamma(r, alpha); after each purchase (of BG/NBD: each
          but the first) the customer leaves with a chance of their own, Beta(a, b).
Not for   regular buyers (memoryless models misfit), nor customers under contract: see renewals.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from worthline.errors import NotEnoughData
from worthline.stats.maximise import Floats, LogLikelihood, covariance, maximise

ALIKE = 1e5
"""a + b from which on all customers have one chance of leaving: the limit of the model, and its own closed form."""
TABLE = 20_000_000
"""Combinations of x, t_x and age up to which distinct ones are found by counting."""
Places = np.ndarray[tuple[int], np.dtype[np.int64]]
NODES = 24
"""Points of Gauss-Legendre at which second moments are integrated."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Distinct purchase histories and how many customers have each; all arrays of one length."""

    x: Floats
    """Repeat purchases."""
    t_x: Floats
    """Time of the last purchase since the first; 0 where x is 0."""
    age: Floats
    """Time observed since the first purchase."""
    customers: Floats

    @staticmethod
    def count(x: Floats, t_x: Floats, age: Floats) -> Histories:
        """From one row per customer; raises NotEnoughData where a history cannot be.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`.
        """
        return Histories.of(x, t_x, age)[0]

    @staticmethod
    def of(x: Floats, t_x: Floats, age: Floats) -> tuple[Histories, Places]:
        """The same, with the place of each customer's history; distinct ones in order of x, t_x, age.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`.
        Raises NotEnoughData.
        """
        if x.size == 0:
            raise NotEnoughData("BG/NBD needs customers who have bought; there are none.")
        odd = (x < 0) | (t_x < 0) | (t_x > age) | ((x == 0) != (t_x == 0))
        if odd.any():
            i = int(np.flatnonzero(odd)[0])
            raise NotEnoughData(
                f"{int(odd.sum())} histories cannot be, the first x={x[i]:g}, t_x={t_x[i]:g}, age={age[i]:g}: "
                "needs 0 <= t_x <= age, and t_x = 0 exactly where x = 0."
            )
        first, place, customers = _distinct(x, t_x, age)
        return Histories(x[first], t_x[first], age[first], customers.astype(np.float64)), place


def _distinct(x: Floats, t_x: Floats, age: Floats) -> tuple[Places, Places, Places]:
    """Of distinct rows: where each is first seen, the place of each row among them, how often each occurs."""
    columns = (x, t_x * 2, age * 2)  # weeks and their halves
    whole = all((c == np.floor(c)).all() for c in columns)
    wide = [int(c.max()) + 1 for c in columns]
    if whole and wide[0] * wide[1] * wide[2] < 2**62:
        code = (x.astype(np.int64) * wide[1] + t_x.astype(np.int64)) * wide[2] + columns[2].astype(np.int64)
        if wide[0] * wide[1] * wide[2] <= TABLE:
            return _by_table(code, wide[0] * wide[1] * wide[2])
        _, first, place, customers = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    else:
        rows = np.column_stack(columns)
        _, first, place, customers = np.unique(rows, axis=0, return_index=True, return_inverse=True, return_counts=True)
    return first, place.ravel(), customers


def _by_table(code: Places, size: int) -> tuple[Places, Places, Places]:
    """The same by counting instead of sorting, where all codes lie below `size`."""
    counts = np.bincount(code, minlength=size)
    there = np.flatnonzero(counts)
    number = np.zeros(size, dtype=np.int64)
    number[there] = np.arange(there.size)
    place = number[code]
    first = np.empty(there.size, dtype=np.int64)
    first[place[::-1]] = np.arange(code.size - 1, -1, -1)
    return first, place, counts[there]


@dataclass(frozen=True, slots=True)
class PurchaseRates:
    """Rates ~ Gamma(r, alpha), chance of leaving after a purchase ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)), compare=False)
    """Of the logarithms of r, alpha, a, b; of r, alpha, a / b where all leave alike."""
    after_first: bool = False
    """Customers may leave after their first purchase too (MBG/NBD)."""

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(still a customer now | history); by BG/NBD 1 for who has not bought again.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        _, _, weight = _terms(self.parameters, x, t_x, age, self.after_first)
        return np.asarray(1.0 - weight)

    def expected(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[purchases in the next t | history], equation 10.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        return self.expected_if_alive(t, x, t_x, age) * self.alive(x, t_x, age)

    def expected_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[purchases in the next t | history, still a customer]; a = 1 is its removable pole.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        from scipy.special import hyp2f1

        stayed = x + self.after_first
        if self.a + self.b >= ALIKE:
            leaves = self.a / (self.a + self.b + stayed)
            return np.asarray(-np.expm1(-(self.r + x) * np.log1p(leaves * t / (self.alpha + age))) / leaves)
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        r, alpha, b = self.r, self.alpha, self.b
        z = t / (alpha + age + t)
        series = np.exp((r + x) * np.log1p(-z)) * hyp2f1(r + x, b + stayed, a + b + stayed - 1, z)
        return np.asarray((a + b + stayed - 1) / (a - 1) * (1 - series))

    def silent_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t | history, still a customer).

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        return np.asarray(np.exp(-(self.r + x) * np.log1p(t / (self.alpha + age))))

    def silent_and_here(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t, and a customer at its end): nobody leaves without a purchase.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        return self.silent_if_alive(t, x, t_x, age)

    def pairs_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[N (N - 1)], N the purchases in the next t, given that the customer is still here.

        Twice the integral of u E[rate^2 (1 - p) exp(-rate p u)] over 0 < u < t, p the chance of leaving.
        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        from scipy.special import hyp2f1

        points, weights = np.polynomial.legendre.leggauss(NODES)
        stayed = x + self.after_first
        k, rate, both = self.r + x, self.alpha + age, self.a + self.b + stayed
        total = np.zeros(x.size)
        for point, weight in zip(points, weights, strict=True):
            u = t * (point + 1) / 2
            if self.a + self.b >= ALIKE:
                mean = (self.b + stayed) / both * np.exp(-(k + 2) * np.log1p(self.a / both * u / rate))
            else:
                series = hyp2f1(k + 2, self.b + stayed + 1, both + 1, u / (rate + u))
                mean = (self.b + stayed) / both * np.exp(-(k + 2) * np.log1p(u / rate)) * series
            total += weight * t / 2 * u * mean
        return np.asarray(2 * k * (k + 1) / rate**2 * total)

    def moved(self, i: int, step: float) -> PurchaseRates:
        """The same with the logarithm of free parameter i moved; the third is a / b where all leave alike."""
        r, alpha, a, b = self.parameters * np.exp(step * (np.arange(4) == i))
        if i == 2 and self.a + self.b >= ALIKE:
            odds, both = a / b, self.a + self.b
            a, b = both * odds / (1 + odds), both / (1 + odds)
        return replace(self, r=r, alpha=alpha, a=a, b=b)

    @property
    def parameters(self) -> Floats:
        """r, alpha, a, b."""
        return np.array([self.r, self.alpha, self.a, self.b])


def fit_purchases(histories: Histories, *, after_first: bool = False) -> PurchaseRates:
    """Fit BG/NBD, or MBG/NBD (`after_first`); raises NotEnoughData where nobody bought again, NotConverged."""
    name = "MBG/NBD" if after_first else "BG/NBD"
    customers, pace = _pace(histories, name)
    starts = [(0.5, 0.5 * pace, 1.0, 2.0), (1.0, pace, 0.3, 1.0), (0.2, pace, 2.0, 5.0)]
    function = likelihood(histories, after_first=after_first)
    optimum = maximise(function, starts, customers, name)
    r, alpha, a, b = optimum.parameters.tolist()
    spread = covariance(function, optimum.parameters)
    return PurchaseRates(r, alpha, a, b, optimum.log_likelihood, round(customers), spread, after_first)


def fit_one_chance(histories: Histories, *, after_first: bool = False) -> PurchaseRates:
    """Fit the limit in which everyone leaves after a purchase with one chance; raises NotEnoughData, NotConverged."""
    name = f"{'MBG' if after_first else 'BG'}/NBD with one chance of leaving"
    customers, pace = _pace(histories, name)
    both, whole = 10 * ALIKE, likelihood(histories, after_first=after_first)

    def function(parameters: Floats) -> tuple[float, Floats]:
        r, alpha, odds = parameters
        a, b = both * odds / (1 + odds), both / (1 + odds)
        value, by = whole(np.array([r, alpha, a, b]))
        return value, np.array([by[0], by[1], (by[2] - by[3]) * both / (1 + odds) ** 2])

    starts = [(0.5, 0.5 * pace, 0.1), (1.0, pace, 0.3), (2.0, 2 * pace, 0.02)]
    optimum = maximise(function, starts, customers, name)
    r, alpha, odds = optimum.parameters.tolist()
    a, b = both * odds / (1 + odds), both / (1 + odds)
    spread = covariance(function, optimum.parameters)
    return PurchaseRates(r, alpha, a, b, optimum.log_likelihood, round(customers), spread, after_first)


def _pace(histories: Histories, name: str) -> tuple[float, float]:
    """How many customers, and weeks a repeat purchase; raises NotEnoughData where nobody bought again."""
    customers, repeats = float(histories.customers.sum()), float((histories.x * histories.customers).sum())
    if not repeats or not (histories.age > 0).any():
        raise NotEnoughData(f"{name} needs repeat purchases; {customers:,.0f} customers made {repeats:,.0f}.")
    return customers, float((histories.age * histories.customers).sum()) / repeats


def log_likelihood(parameters: Floats, histories: Histories, *, after_first: bool = False) -> tuple[float, Floats]:
    """Log-likelihood and its gradient by r, alpha, a, b (equation 6).

    Shapes: `parameters` (p,); gives a number and (p,).
    """
    return likelihood(histories, after_first=after_first)(parameters)


def likelihood(histories: Histories, *, after_first: bool = False) -> LogLikelihood:
    """The same as a function that can be asked often: what depends on x, t_x or age alone is told once for each."""
    n = histories.customers
    levels, by_x = _levels(histories.x)
    lasts, by_last = _levels(histories.t_x)
    ages, by_age = _levels(histories.age)
    stayed = levels + after_first
    may_leave, again = stayed > 0, after_first | (histories.x > 0)
    with_x = np.bincount(by_x, weights=n, minlength=levels.size)

    def function(parameters: Floats) -> tuple[float, Floats]:
        from scipy.special import digamma, gammaln

        r, alpha, a, b = parameters
        shape = r + levels
        near, far = np.log(alpha + lasts), np.log(alpha + ages)
        odds = np.log(a) - np.log(np.where(may_leave, b + stayed - 1, 1.0))
        gap = far[by_age] - near[by_last]
        apart = np.where(again, odds[by_x] + shape[by_x] * gap, -np.inf)
        mixed = np.logaddexp(0.0, apart)
        lapsed_weight = n * np.exp(apart - mixed)
        lapsed_by_x = np.bincount(by_x, weights=lapsed_weight, minlength=levels.size)
        old = np.bincount(by_age, weights=n * shape[by_x], minlength=ages.size)
        moved = lapsed_weight * shape[by_x]
        shared = gammaln(shape) - gammaln(r) + r * np.log(alpha)
        shared = shared + gammaln(a + b) + gammaln(b + stayed) - gammaln(b) - gammaln(a + b + stayed)
        value = with_x @ shared + n @ mixed - old @ far
        both = digamma(a + b) - digamma(a + b + stayed)
        rest = 1.0 / (alpha + ages)
        by_r = with_x @ (digamma(shape) - digamma(r)) + with_x.sum() * np.log(alpha)
        by_r += lapsed_weight @ gap - np.bincount(by_age, weights=n, minlength=ages.size) @ far
        by_alpha = with_x.sum() * r / alpha - old @ rest + moved @ (rest[by_age] - (1.0 / (alpha + lasts))[by_last])
        later = np.where(may_leave, lapsed_by_x / np.where(may_leave, b + stayed - 1, 1.0), 0.0)
        by_a = with_x @ both + lapsed_by_x.sum() / a
        by_b = with_x @ (both + digamma(b + stayed) - digamma(b)) - later.sum()
        return float(value), np.array([by_r, by_alpha, by_a, by_b])

    return function


def _levels(values: Floats) -> tuple[Floats, Places]:
    levels, place = np.unique(values, return_inverse=True)
    return levels, place.ravel()


def _terms(parameters: Floats, x: Floats, t_x: Floats, age: Floats, after_first: bool) -> tuple[Floats, Floats, Floats]:
    """Logarithms: ln A1 A2; ln(A3 + A4); and A4's share of that, the chance of having left."""
    from scipy.special import gammaln

    r, alpha, a, b = parameters
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = x + after_first
    shared = shared + gammaln(a + b) + gammaln(b + stayed) - gammaln(b) - gammaln(a + b + stayed)
    here = -(r + x) * np.log(alpha + age)
    may_leave = stayed > 0
    odds = np.log(a) - np.log(np.where(may_leave, b + stayed - 1, 1.0))
    lapsed = np.where(may_leave, odds - (r + x) * np.log(alpha + t_x), -np.inf)
    mixed = np.logaddexp(here, lapsed)
    return shared, mixed, np.exp(lapsed - mixed)
