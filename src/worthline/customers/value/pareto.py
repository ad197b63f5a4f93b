"""How often customers who may leave at any moment will buy again, and whether they are still there.

Reads     purchases.Histories.
Gives     ParetoRates: the chance that a customer is alive, and purchases expected; the same questions as PurchaseRates.
Method    Pareto/NBD: Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24; formulas of Fader & Hardie
          (2005), A note on deriving the Pareto/NBD model. Maximum likelihood with its analytic gradient, no penalty.
          The chance of having left between the last purchase and now is one integral, whose closed form is the
          difference of two hypergeometric functions that cancel; it is taken by Gauss's rule in logarithms instead,
          where the integrand is log-concave, up to where it has dropped by e^-30.
Assumes   purchases at random at a rate of the customer's own, Gamma(r, alpha); a lifetime at random with a rate of
          the customer's own, Gamma(s, beta), that does not wait for a purchase.
Not for   regular buyers: see regular.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from worthline.customers.value.purchases import Histories
from worthline.errors import NotEnoughData
from worthline.stats.maximise import Floats, covariance, maximise

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
DROP = 30.0
"""Fall of the logarithm of the integrand after which nothing is left of it."""
STEPS = 12
"""Of Newton, in which that point is found to within one."""


@dataclass(frozen=True, slots=True)
class ParetoRates:
    """Rates ~ Gamma(r, alpha), rates of leaving ~ Gamma(s, beta)."""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float
    customers: int
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)), compare=False)
    """Of the logarithms of r, alpha, s, beta."""

    @property
    def parameters(self) -> Floats:
        """r, alpha, s, beta."""
        return np.array([self.r, self.alpha, self.s, self.beta])

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(still a customer now | history).

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        here = -(self.r + x) * np.log(self.alpha + age) - self.s * np.log(self.beta + age)
        gone = _Left.between(self.parameters, x, t_x, age).log
        return np.asarray(np.exp(here - np.logaddexp(here, gone)))

    def expected(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[purchases in the next t | history].

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        return self.expected_if_alive(t, x, t_x, age) * self.alive(x, t_x, age)

    def expected_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[purchases in the next t | history, still a customer]; s = 1 is a removable pole.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        longer = np.log1p(t / (self.beta + age))
        power = self.s - 1
        stays = longer if abs(power) < 1e-9 else -np.expm1(-power * longer) / power
        return np.asarray((self.r + x) * (self.beta + age) / (self.alpha + age) * stays)

    def silent_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t | history, still a customer).

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        gone = _Left.between(self.parameters, x, age, age + t).log
        gone = gone + (self.r + x) * np.log(self.alpha + age) + self.s * np.log(self.beta + age)
        return np.asarray(np.minimum(self.silent_and_here(t, x, t_x, age) + np.exp(gone), 1.0))

    def silent_and_here(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t, and a customer at its end | history, still a customer).

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        quiet = (self.r + x) * np.log1p(t / (self.alpha + age))
        return np.asarray(np.exp(-quiet - self.s * np.log1p(t / (self.beta + age))))

    def pairs_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[N(N - 1)] of N purchases in the next t | history, still a customer.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        far = self.beta + age
        width = np.log1p(t / far)
        v = 0.5 * (NODES[:, None] + 1) * width
        stays = (0.5 * width * WEIGHTS[:, None] * 2 * far**2 * np.expm1(v) * np.exp(v * (1 - self.s))).sum(axis=0)
        shape = self.r + x
        return np.asarray(shape * (shape + 1) / (self.alpha + age) ** 2 * stays)

    def moved(self, number: int, step: float) -> ParetoRates:
        """The same with the logarithm of one parameter moved."""
        r, alpha, s, beta = (self.parameters * np.exp(step * (np.arange(4) == number))).tolist()
        return replace(self, r=r, alpha=alpha, s=s, beta=beta)

    def drawn(self, t: float, x: Floats, t_x: Floats, age: Floats, draws: int, luck: np.random.Generator) -> Floats:
        """Purchases in the next t of who is still a customer, shape (draws, histories)."""
        size = (draws, x.size)
        pace = luck.gamma(self.r + x, 1.0, size) / (self.alpha + age)
        leaves = luck.gamma(self.s, 1.0, size) / (self.beta + age)
        stays = np.minimum(luck.exponential(1.0, size) / np.maximum(leaves, 1e-300), t)
        return np.asarray(luck.poisson(pace * stays), dtype=np.float64)


def fit_pareto(histories: Histories) -> ParetoRates:
    """Fit Pareto/NBD; raises NotEnoughData where nobody bought again, NotConverged."""
    repeats = float((histories.x * histories.customers).sum())
    if not repeats or not (histories.age > 0).any():
        raise NotEnoughData(
            f"Pareto/NBD needs repeat purchases; {histories.customers.sum():,.0f} customers made {repeats:,.0f}."
        )
    customers = float(histories.customers.sum())
    pace = float((histories.age * histories.customers).sum()) / repeats
    starts = [(0.5, 0.5 * pace, 0.5, 0.5 * pace), (1.0, pace, 1.0, 2 * pace), (0.3, pace, 0.3, 5.0 * pace)]

    def function(parameters: Floats) -> tuple[float, Floats]:
        return log_likelihood(parameters, histories)

    optimum = maximise(function, starts, customers, "Pareto/NBD")
    r, alpha, s, beta = optimum.parameters.tolist()
    spread = covariance(function, optimum.parameters)
    return ParetoRates(r, alpha, s, beta, optimum.log_likelihood, round(customers), spread)


def log_likelihood(parameters: Floats, histories: Histories) -> tuple[float, Floats]:
    """Log-likelihood and its gradient by r, alpha, s, beta.

    Shapes: `parameters` (p,); gives a number and (p,).
    """
    from scipy.special import digamma, gammaln

    r, alpha, s, beta = parameters
    x, t_x, age, n = histories.x, histories.t_x, histories.age, histories.customers
    near, far = np.log(alpha + age), np.log(beta + age)
    here = -(r + x) * near - s * far
    left = _Left.between(parameters, x, t_x, age)
    mixed = np.logaddexp(here, left.log)
    gone = np.exp(left.log - mixed)
    stayed = 1.0 - gone
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    by_r, by_alpha, by_s, by_beta = left.slopes
    gradient = np.array(
        [
            n @ (digamma(r + x) - digamma(r) + np.log(alpha) - stayed * near + gone * by_r),
            n @ (r / alpha - stayed * (r + x) / (alpha + age) + gone * by_alpha),
            n @ (np.log(beta) - stayed * far + gone * by_s),
            n @ (s / beta - stayed * s / (beta + age) + gone * by_beta),
        ]
    )
    return float(n @ (shared + mixed)), gradient


@dataclass(frozen=True, slots=True)
class _Left:
    """s times the integral from `start` to `end` of (alpha + u)^-(r + x) (beta + u)^-(s + 1)."""

    log: Floats
    """-inf where start is end."""
    slopes: tuple[Floats, Floats, Floats, Floats]
    """Of the logarithm, by r, alpha, s, beta."""

    @staticmethod
    def between(parameters: Floats, x: Floats, start: Floats, end: Floats) -> _Left:
        r, alpha, s, beta = parameters
        nearer = min(alpha, beta)
        lowest, highest = np.log(nearer + start), np.log(nearer + end)

        width = _width(parameters, x, lowest, highest)
        v = lowest + 0.5 * (NODES[:, None] + 1) * width
        u = np.exp(v) - nearer
        to_alpha, to_beta = np.log(alpha + u), np.log(beta + u)
        heights = v - (r + x) * to_alpha - (s + 1) * to_beta
        top = heights.max(axis=0)
        parts = WEIGHTS[:, None] * np.exp(heights - top)
        whole = parts.sum(axis=0)
        with np.errstate(divide="ignore"):
            log = np.log(s) + np.log(0.5 * width) + top + np.log(whole)
        parts /= whole
        return _Left(
            np.asarray(log),
            (
                -(parts * to_alpha).sum(axis=0),
                -(r + x) * (parts / (alpha + u)).sum(axis=0),
                1 / s - (parts * to_beta).sum(axis=0),
                -(s + 1) * (parts / (beta + u)).sum(axis=0),
            ),
        )


def _width(parameters: Floats, x: Floats, lowest: Floats, highest: Floats) -> Floats:
    """How far above `lowest` the log-concave integrand is worth looking at: Newton's steps from above never pass it."""
    r, alpha, s, beta = parameters
    nearer = min(alpha, beta)

    def height(v: Floats, shape: Floats) -> tuple[Floats, Floats]:
        base = np.exp(v)
        to_alpha, to_beta = base + (alpha - nearer), base + (beta - nearer)
        slope = 1 - shape * base / to_alpha - (s + 1) * base / to_beta
        return v - shape * np.log(to_alpha) - (s + 1) * np.log(to_beta), slope

    end = highest.copy()
    target = height(lowest, r + x)[0] - DROP
    far = np.flatnonzero(height(highest, r + x)[0] < target)
    for _ in range(STEPS):
        if not far.size:
            break
        level, slope = height(end[far], r + x[far])
        below = target[far] - level
        end[far] += below / slope
        far = far[below > 1.0]
    return np.asarray(np.maximum(end - lowest, 0.0))
