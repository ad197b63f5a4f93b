"""How often customers who buy at regular intervals will buy again, and whether they are still there.

Reads     purchases.Histories; how often each gap between two purchases occurs.
Gives     RegularRates: the same questions as PurchaseRates; how regular the customers are.
Method    BG/CNBD-k: Platzer & Reutterer (2016), Marketing Science 35(5), 779-799, and Reutterer, Platzer & Schroeder
          (2021), Int. J. Research in Marketing 38(1), 194-215: each gap is the sum of k waits at random (Erlang), which
          only shows in the last, open gap and in the gaps' logarithms; k by likelihood. k = 1 is BG/NBD; where
          MBG/NBD is likelier than that, customers may leave after their first purchase here too (MBG/CNBD-k).
Assumes   rates of the waits ~ Gamma(r, alpha), chances of leaving after a purchase ~ Beta(a, b); one k for all.
          Purchases to come are counted as if now fell anywhere within a gap.
Not for   customers with one purchase alone: they show no gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from worthline.customers.value.purchases import Histories
from worthline.errors import NotConverged, NotEnoughData
from worthline.stats.maximise import Floats, covariance, maximise

STEPS = (2, 3, 4, 6, 8, 12)
"""Values of k that are tried; each only where the one before was an improvement."""

SURE = 3.0
"""Standard errors by which a gain of likelihood per gap must exceed what purchases at random, merged alike, show."""
PER_GAP = 0.5
"""Standard deviation of the gain of likelihood from one gap, about that of a logarithm of waits at random."""
LEAST_GAIN = 0.05
"""Gain of likelihood per gap beyond that of purchases at random which k = 2 must show; rates learnt from weeks are no
more than near those of the purchases, and leave up to .04 where most buy nearly every week (k = 2 gains .08 to .13)."""
MOST_UNITS = 0.98
"""Days or weeks with a purchase, as a share, up to which a rate of purchases can be told from them."""
NEARLY = 1e-9
DRAWN = 4_000
"""Customers drawn who buy at random."""

SEED = 4
DRAWS = 128
"""Outcomes drawn of each distinct history."""
BLOCK = 10_000
"""Histories drawn at once."""


@dataclass(frozen=True, slots=True)
class RegularRates:
    """Waits at a rate ~ Gamma(r, alpha), k of them a gap; chance of leaving after a purchase ~ Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    k: int
    log_likelihood: float
    """With the gaps' part, so that it compares with other k; a BG/NBD's is of k = 1."""
    customers: int
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)), compare=False)
    """Of the logarithms of r, alpha, a, b."""
    after_first: bool = False
    """Customers may leave after their first purchase too."""

    @property
    def parameters(self) -> Floats:
        """r, alpha, a, b."""
        return np.array([self.r, self.alpha, self.a, self.b])

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(still a customer now | history); by BG/CNBD-k 1 for who has not bought again.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        here, lapsed = _terms(self.parameters, self.k, x, t_x, age, self.after_first)[1:3]
        return np.asarray(np.exp(here - np.logaddexp(here, lapsed)))

    def expected(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[purchases in the next t | history].

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        return self.expected_if_alive(t, x, t_x, age) * self.alive(x, t_x, age)

    def expected_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[purchases in the next t | history, still a customer], now falling anywhere within a gap.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        from scipy.special import hyp2f1

        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        waits = _open_gap(self.parameters, self.k, x, t_x, age)
        shares = np.exp(waits - waits.max(axis=0))
        passed = (shares * np.arange(self.k)[:, None]).sum(axis=0) / shares.sum(axis=0)
        shape, z = self.r + self.k * x + passed, t / (self.k * (self.alpha + age) + t)
        stayed = x + self.after_first
        series = np.exp(shape * np.log1p(-z)) * hyp2f1(shape, self.b + stayed, a + self.b + stayed - 1, z)
        return np.asarray((a + self.b + stayed - 1) / (a - 1) * (1 - series))

    def silent_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t | history, still a customer): the open gap is known.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        now = _here(self.parameters, self.k, x, t_x, age)
        return np.asarray(np.exp(_here(self.parameters, self.k, x, t_x, age + t) - now))

    def silent_and_here(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t, and a customer at its end): nobody leaves without a purchase.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        return self.silent_if_alive(t, x, t_x, age)

    def pairs_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[N(N - 1)] of N purchases in the next t | history, still a customer: drawn with a seed.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        luck, out = np.random.default_rng(SEED), np.empty(x.size)
        for first in range(0, x.size, BLOCK):
            rows = slice(first, first + BLOCK)
            n = self.drawn(t, x[rows], t_x[rows], age[rows], DRAWS, luck)
            out[rows] = (n * (n - 1)).mean(axis=0)
        return out

    def moved(self, number: int, step: float) -> RegularRates:
        """The same with the logarithm of one parameter moved."""
        r, alpha, a, b = (self.parameters * np.exp(step * (np.arange(4) == number))).tolist()
        return replace(self, r=r, alpha=alpha, a=a, b=b)

    def drawn(self, t: float, x: Floats, t_x: Floats, age: Floats, draws: int, luck: np.random.Generator) -> Floats:
        """Purchases in the next t of who is still a customer, shape (draws, histories); the open gap is known."""
        size = (draws, x.size)
        weights = _open_gap(self.parameters, self.k, x, t_x, age)
        shares = np.cumsum(np.exp(weights - weights.max(axis=0)), axis=0)
        passed = (luck.random(size)[None] * shares[-1] > shares[:-1, None]).sum(axis=0)
        pace = luck.gamma(self.r + self.k * x + passed, 1.0) / (self.alpha + age)
        leave = luck.beta(self.a, self.b + x + self.after_first, size)
        bought = (passed + luck.poisson(pace * t)) // self.k
        return np.asarray(np.minimum(bought, luck.geometric(np.clip(leave, 1e-12, 1.0))), dtype=np.float64)


def fit_regular(histories: Histories, gaps: Sequence[tuple[float, float]]) -> RegularRates | None:
    """The most likely k above 1 and its rates; None where BG/NBD (k = 1) is more likely than k = 2.

    None too where purchases at random show as much once those of a day (or a week: whole gaps) are one.
    `gaps`: lengths of gaps between purchases and how often each occurs. Raises NotEnoughData, NotConverged.
    """
    logs = float(sum(n * np.log(gap) for gap, n in gaps))
    best = max((_fit(histories, 1, logs, way) for way in (False, True)), key=lambda rates: rates.log_likelihood)
    for k in STEPS:
        try:
            fitted = _fit(histories, k, logs, best.after_first)
        except NotConverged:
            break
        if fitted.log_likelihood <= best.log_likelihood:
            break
        best = fitted
    unit = next((1 / parts for parts in (1, 7) if _are_whole(gaps, parts)), None)
    if best.k == 1 or (unit is not None and _as_by_chance(histories, best, logs, unit)):
        return None
    return best


def _are_whole(gaps: Sequence[tuple[float, float]], parts: int) -> bool:
    """Whether every gap is a whole number of such parts of a week."""
    return all(abs(gap * parts - round(gap * parts)) < NEARLY for gap, _ in gaps)


def _as_by_chance(histories: Histories, fitted: RegularRates, logs: float, unit: float) -> bool:
    """Whether customers who buy at random look as regular as `fitted` once purchases of one `unit` count as one.

    No gap is then shorter than the unit (a day or a week), so who buys in nearly all of them looks regular.
    """
    way = fitted.after_first
    base = _fit(histories, 1, logs, way)
    random_buyers, random_logs = _random_buyers(base, histories, unit)
    try:
        by_chance = (
            _fit(random_buyers, fitted.k, random_logs, way).log_likelihood
            - _fit(random_buyers, 1, random_logs, way).log_likelihood
        )
    except (NotConverged, NotEnoughData):
        return False
    gaps, random_gaps = (
        float((histories_of.x * histories_of.customers).sum()) for histories_of in (histories, random_buyers)
    )
    gain_per_gap = (fitted.log_likelihood - base.log_likelihood) / gaps - max(by_chance / random_gaps, 0.0)
    return gain_per_gap < max(LEAST_GAIN, SURE * PER_GAP * float(np.sqrt(1 / gaps + 1 / random_gaps)))


def _random_buyers(base: RegularRates, histories: Histories, unit: float) -> tuple[Histories, float]:
    """Customers as old as these who buy at random, as units with purchases; the sum of the logarithms of their gaps."""
    luck = np.random.default_rng(SEED)
    share = histories.customers / histories.customers.sum()
    age = luck.choice(histories.age, DRAWN, p=share)
    pace, leave = luck.gamma(base.r, 1 / base.alpha, DRAWN), luck.beta(base.a, base.b, DRAWN)
    # The rates were learnt from units with purchases: that of the purchases in them is higher.
    number = luck.poisson(-np.log1p(-np.minimum(pace * unit, MOST_UNITS)) / unit * age)
    who = np.repeat(np.arange(DRAWN), number)
    time = luck.random(who.size) * age[who]
    order = np.lexsort((time, who))
    place = np.arange(who.size) - np.repeat(np.cumsum(number) - number, number)
    is_active = place < luck.geometric(np.clip(leave, 1e-12, 1.0))[who] - base.after_first
    who, time = who[is_active], time[order][is_active]
    when = np.floor(time / unit + luck.random(DRAWN)[who])
    before = np.where(np.r_[True, who[1:] != who[:-1]][: who.size], 0.0, np.r_[0.0, when[:-1]][: who.size])
    gap = (when - before)[when > before] * unit
    x = np.bincount(who[when > before], minlength=DRAWN).astype(np.float64)
    t_x = np.zeros(DRAWN)
    np.maximum.at(t_x, who, when * unit)
    t_x = np.where(x > 0, np.maximum(np.round(t_x), 0.5), 0.0)
    return Histories.count(x, t_x, np.maximum(age, t_x + (0.5 if unit == 1 else 0.0))), float(np.log(gap).sum())


def _fit(histories: Histories, k: int, logs: float, after_first: bool) -> RegularRates:
    from scipy.special import gammaln

    repeats = float((histories.x * histories.customers).sum())
    if not repeats or not (histories.age > 0).any():
        raise NotEnoughData(
            f"BG/CNBD-k needs repeat purchases; {histories.customers.sum():,.0f} customers made {repeats:,.0f}."
        )
    customers = float(histories.customers.sum())
    pace = float((histories.age * histories.customers).sum()) / repeats / k
    starts = [(0.5, 0.5 * pace, 1.0, 2.0), (1.0, pace, 0.3, 1.0), (0.2, pace, 2.0, 5.0)]

    def function(parameters: Floats) -> tuple[float, Floats]:
        return log_likelihood(parameters, k, histories, after_first=after_first)

    optimum = maximise(function, starts, customers, f"BG/CNBD-{k}")
    r, alpha, a, b = optimum.parameters.tolist()
    whole = optimum.log_likelihood + (k - 1) * logs - repeats * float(gammaln(k))
    spread = covariance(function, optimum.parameters)
    return RegularRates(r, alpha, a, b, k, whole, round(customers), spread, after_first)


def log_likelihood(
    parameters: Floats, k: int, histories: Histories, *, after_first: bool = False
) -> tuple[float, Floats]:
    """Log-likelihood without the gaps' own part, and its gradient by r, alpha, a, b.

    Shapes: `parameters` (p,); gives a number and (p,).
    """
    from scipy.special import digamma

    r, alpha, a, b = parameters
    x, t_x, age, n = histories.x, histories.t_x, histories.age, histories.customers
    shared, here, lapsed = _terms(parameters, k, x, t_x, age, after_first)
    stayed = x + after_first
    mixed = np.logaddexp(here, lapsed)
    p_lapsed = np.exp(lapsed - mixed)
    p_alive = 1.0 - p_lapsed
    waits = _open_gap(parameters, k, x, t_x, age)
    shares = np.exp(waits - here)
    steps = np.arange(k, dtype=np.float64)[:, None]
    shape = r + k * x
    by_r = (shares * digamma(shape + steps)).sum(axis=0) - np.log(alpha + age)
    by_alpha = -(shares * (shape + steps)).sum(axis=0) / (alpha + age)
    with np.errstate(divide="ignore"):
        by_b = np.where(stayed > 0, p_lapsed / np.where(stayed > 0, b + stayed - 1, 1.0), 0.0)
    both = digamma(a + b) - digamma(a + b + stayed)
    gradient = np.array(
        [
            n @ (np.log(alpha) - digamma(r) + p_alive * by_r + p_lapsed * (digamma(shape) - np.log(alpha + t_x))),
            n @ (r / alpha + p_alive * by_alpha - p_lapsed * shape / (alpha + t_x)),
            n @ (both + p_lapsed / a),
            n @ (both + digamma(b + stayed) - digamma(b) - by_b),
        ]
    )
    return float(n @ (shared + mixed)), gradient


def _terms(
    parameters: Floats, k: int, x: Floats, t_x: Floats, age: Floats, after_first: bool
) -> tuple[Floats, Floats, Floats]:
    """Logarithms: what both share; here, with the last gap still open; gone, after the last purchase."""
    from scipy.special import gammaln

    r, alpha, a, b = parameters
    shared = r * np.log(alpha) - gammaln(r)
    stayed = x + after_first
    shared = shared + gammaln(a + b) + gammaln(b + stayed) - gammaln(b) - gammaln(a + b + stayed)
    here = _here(parameters, k, x, t_x, age)
    may_leave, shape = stayed > 0, r + k * x
    after = gammaln(shape) - shape * np.log(alpha + t_x)
    lapsed = np.where(may_leave, np.log(a) - np.log(np.where(may_leave, b + stayed - 1, 1.0)) + after, -np.inf)
    return shared, here, lapsed


def _here(parameters: Floats, k: int, x: Floats, t_x: Floats, age: Floats) -> Floats:
    waits = _open_gap(parameters, k, x, t_x, age)
    top = waits.max(axis=0)
    return np.asarray(top + np.log(np.exp(waits - top).sum(axis=0)))


def _open_gap(parameters: Floats, k: int, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """Logarithm of the chance that 0, 1, … k - 1 waits have passed since the last purchase, shape (k, histories)."""
    from scipy.special import gammaln

    r, alpha = parameters[:2]
    steps = np.arange(k, dtype=np.float64)[:, None]
    shape = r + k * x + steps
    since = age - t_x
    with np.errstate(divide="ignore", invalid="ignore"):
        passed = np.where(steps > 0, steps * np.log(since), 0.0)
    return np.asarray(gammaln(shape) - gammaln(steps + 1) + passed - shape * np.log(alpha + age))
