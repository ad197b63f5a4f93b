"""95% intervals from counts and sums: of a net promoter score, a share, a mean; answers clustered by respondent.

Reads     sums over answers and over respondents (RespondentSums), or counts; never the single answers.
Gives     (low, high); (None, None) where the data cannot tell how sure they are.
Method    The estimate is a ratio sum(w y) / sum(w). Its variance is linearised (Taylor), one residual a respondent:
          var = g / (g - 1) sum_c (Y_c - R W_c)^2 / W^2; Woodruff (1971), JASA 66, 411-414. g is the respondents, or
          fewer where they weigh unequally, as those who weigh most decide the variance: (sum_c W_c^2)^2 / sum_c W_c^4
          (Satterthwaite 1946, Biometrics Bulletin 2, 110-114); t with g - 1 degrees of freedom. Share: Wilson (1927),
          JASA 22, 209-212, with the number of independent answers that has that variance; Korn & Graubard (1998),
          Survey Methodology 24, 193-201. NPS: adjusted Wald, three more answers (3/4 promoter, 3/4 detractor) at that
          same number; Rocks (2016), American Statistician 70(4), 365-372. Where everybody answered once and weighs
          alike the variance is the multinomial one, and from 30 respondents on z stands for t.
          Weighted, or several answers each: the rare respondents who are unlike the others are often missing from a
          sample, and its own variance cannot tell. So the added answers are added respondents of the weight that
          sum(W^2) / sum(W) says: three for an NPS, z^2 for a share (half of them yes; Agresti & Coull 1998, American
          Statistician 52, 119-126), times the cube root of respondents over independent answers. They move the middle
          and bring the variance of their own, as in Wilson's interval: how far they lie from everybody else is not
          evidence. Where a few answer far more than others (g below half of the respondents) and nothing is weighted,
          Wilson's and Rocks' intervals with Student's t hold better.
Assumes   respondents are independent draws; those who did not answer are not covered by any of these. Where fewer than
          five respondents of a kind that weighs most are to be expected, no interval of a sample can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import sqrt

Z95 = 1.959963984540054
"""Normal quantile of 97.5%."""
EXTRA_ANSWERS = 3.0
"""Answers that an adjusted NPS interval adds: a quarter of them promoters, a quarter detractors."""

MANY = 30
"""Respondents from whom on the normal quantile will do where nobody weighs more than another."""

LEAST_EVEN = 0.5
"""Respondents of equal weight as a share of respondents, from which on answers are spread evenly enough among them."""

Interval = tuple[float | None, float | None]
NONE: Interval = (None, None)


@dataclass(frozen=True, slots=True)
class RespondentSums:
    """The sample of a score: w the weight of an answer (1 where it has none), y what it counts.

    y is +1, 0 or -1 for an NPS, 1 or 0 for a share, the score itself for a mean. W_c and Y_c are the sums of w and of
    w y of one respondent.
    """

    respondents: int
    answers: int
    w: float
    """Sum of w."""
    y: float
    """Sum of w y."""
    y_squares: float
    """Sum of w y^2."""
    yy: float
    """Sum over respondents of Y_c^2."""
    yw: float
    """Sum over respondents of Y_c W_c."""
    ww: float
    """Sum over respondents of W_c^2."""
    w_fourth: float
    """Sum over respondents of W_c^4."""

    @property
    def mean(self) -> float:
        """sum(w y) / sum(w); weights add up to more than zero."""
        return self.y / self.w

    @property
    def once(self) -> bool:
        """Whether everybody answered once, and weighs alike."""
        return self.answers == self.respondents and self.w == self.ww == self.answers

    @property
    def weighted(self) -> bool:
        """Whether answers weigh anything but one each."""
        return self.w != self.answers or self.ww % 1 != 0 or self.w_fourth % 1 != 0

    @property
    def evenly(self) -> bool:
        """Whether people answered several times, none of them far more often than the others, and weigh alike."""
        return not self.weighted and not self.once and self.equal >= self.respondents * LEAST_EVEN

    @property
    def equal(self) -> float:
        """Respondents, or as many of equal weight as know as much where few of them weigh most."""
        return max(min(self.ww**2 / self.w_fourth, float(self.respondents)), 1.5)

    @property
    def quantile(self) -> float:
        """Of 97.5%: normal where 30 or more answered once each and weigh alike, else Student's t."""
        return Z95 if self.once and self.respondents >= MANY else t95(self.equal - 1)

    @property
    def variance(self) -> float | None:
        """Of the mean, linearised, by respondent; None for fewer than two respondents."""
        g, r = self.equal, self.mean
        if self.respondents < 2:
            return None
        squares = self.yy - 2 * r * self.yw + r * r * self.ww
        return max(squares, 0.0) / self.w**2 * g / (g - 1)

    @property
    def independent(self) -> float:
        """How many independent answers would know the mean as well: at most as many as there are.

        Where nobody differs from anybody the data do not tell: as many as respondents of equal weight.
        """
        if self.once:
            return float(self.answers)
        spread = self.y_squares / self.w - self.mean**2
        variance = self.variance
        if variance is None or variance <= 1e-15 or spread <= 1e-12:
            return self.equal
        return min(spread / variance, float(self.answers))


def unclustered(n: int, y: float, y_squares: float) -> RespondentSums:
    """Sums where every respondent answered once: n answers, the sum of y and of its squares."""
    return RespondentSums(n, n, float(n), y, y_squares, y_squares, y, float(n), float(n))


@lru_cache(maxsize=4096)
def t95(degrees: float) -> float:
    """Quantile of 97.5% of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975))


def nps_interval(s: RespondentSums) -> Interval:
    """Of 100 x the mean of +1, 0, -1, in points within -100 and 100; none for fewer than two respondents."""
    if s.respondents < 2 or s.w <= 0:
        return NONE
    if s.weighted or s.evenly:
        low, high = _with_added(s, EXTRA_ANSWERS, 0.0, 0.5, t95(s.equal - 1))
        return max(100 * low, -100.0), min(100 * high, 100.0)
    n, spread = s.independent, s.y_squares / s.w
    more = n + EXTRA_ANSWERS
    middle = s.mean * n / more
    both = (spread * n + EXTRA_ANSWERS / 2) / more
    half = s.quantile * sqrt(max(both - middle**2, 0.0) / more)
    low, high = min(middle - half, s.mean), max(middle + half, s.mean)
    return max(100 * low, -100.0), min(100 * high, 100.0)


def share_interval(s: RespondentSums) -> Interval:
    """Of the mean of ones and zeros; none for fewer than two respondents."""
    if s.respondents < 2 or s.w <= 0:
        return NONE
    if s.weighted or s.evenly:
        low, high = _with_added(s, Z95**2, 0.5, 0.25, Z95 if s.evenly else t95(s.equal - 1))
        return max(low, 0.0), min(high, 1.0)
    n = s.independent
    return wilson(s.mean * n, n, s.quantile)


def _with_added(s: RespondentSums, added: float, mean: float, variance: float, quantile: float) -> tuple[float, float]:
    """Of the mean, with so many added respondents of this mean and variance of their own; it holds the mean itself."""
    number = added * min(s.equal / s.independent, 1.0) ** (1 / 3)
    each = s.ww / s.w
    w = s.w + number * each
    middle = (s.y + number * each * mean) / w
    squares = max(s.yy - 2 * s.mean * s.yw + s.mean**2 * s.ww, 0.0) + number * each**2 * variance
    half = quantile * sqrt(squares) / w
    return min(middle - half, s.mean), max(middle + half, s.mean)


def score_interval(s: RespondentSums) -> Interval:
    """Of a mean of scores; none for fewer than two respondents."""
    variance = s.variance if s.w > 0 else None
    if variance is None:
        return NONE
    half = t95(s.equal - 1) * sqrt(variance)
    return s.mean - half, s.mean + half


def wilson(k: float, n: float, z: float = Z95) -> Interval:
    """Of the share k / n; both may be effective (weighted) counts; `z`: quantile of the interval."""
    if n <= 0:
        return NONE
    p, z2 = k / n, z * z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z * sqrt(max(p * (1 - p) / n + z2 / (4 * n * n), 0.0)) / (1 + z2 / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def mean_interval(n: int, total: Decimal | float, squares: Decimal | float) -> Interval:
    """Of total / n, from the sum and the sum of squares; no interval for fewer than two values."""
    if n < 2:
        return NONE
    total, squares = Decimal(total), Decimal(squares)
    mean = total / n
    variance = max(float((squares - total * mean) / (n - 1)), 0.0)
    half = Z95 * sqrt(variance / n)
    return float(mean) - half, float(mean) + half
