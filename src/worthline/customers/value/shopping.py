"""What customers who buy when they like are worth: purchases to come, times what they bring.

Reads     CustomerArrays: purchase histories in weeks, amounts, net margin by amount spent.
Gives     candidates: models that give CustomerValue.
Method    purchases by BG/NBD, MBG/NBD, Pareto/NBD, regular buyers or renewals by the period, amounts by Gamma-Gamma,
          net margin per unit spent by credibility, discounted by quarters. Leaving within twelve months is buying
          nothing in them; given the model, the split is exact. Outcomes of a customer: none with its exact chance,
          else a gamma distribution of the model's mean and variance.
Assumes   amounts and net margin per unit do not depend on how often a customer buys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from worthline.customers.value import credibility
from worthline.customers.value.amounts import Amounts, fit_amounts
from worthline.customers.value.customer_arrays import CustomerArrays
from worthline.customers.value.customer_value import CLEAR, HIGH, LOW, YEAR, CustomerValue, outdone, quadratic
from worthline.customers.value.pareto import fit_pareto
from worthline.customers.value.periodic import PeriodicRates, fit_periodic
from worthline.customers.value.purchases import Histories, Places, fit_one_chance, fit_purchases
from worthline.customers.value.regular import RegularRates, fit_regular
from worthline.errors import NotConverged, NotEnoughData
from worthline.metrics import formatting
from worthline.stats.maximise import Floats

BG, MBG, PARETO = "BG/NBD", "MBG/NBD", "Pareto/NBD"
ONE_CHANCE = " with one chance of leaving"
"""Behind the name of a model: its limit where all customers leave alike."""
PERIODIC = "renewals by the period (sBG)"
QUARTER = 3
"""Months that are discounted as one."""


class Rates(Protocol):
    """A model of purchases, fitted; times in weeks."""

    @property
    def log_likelihood(self) -> float:
        """At the maximum."""
        ...

    @property
    def covariance(self) -> Floats:
        """Of the logarithms of the free parameters."""
        ...

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(still a customer | history).

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        ...

    def expected(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[purchases in the next t | history].

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        ...

    def expected_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """The same, given that the customer is still here.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        ...

    def silent_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t), given that the customer is still here.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        ...

    def silent_and_here(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """P(no purchase in the next t, and still a customer at its end), given that the customer is still here.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,), 0 to 1.
        """
        ...

    def pairs_if_alive(self, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """E[N (N - 1)], N the purchases in the next t, given that the customer is still here.

        Shapes: `x` (n,) purchases; `t_x`, `age` (n,) in the unit of `t`; gives (n,).
        """
        ...

    def moved(self, i: int, step: float) -> Rates:
        """The same with the logarithm of free parameter i moved."""
        ...


@dataclass(frozen=True, slots=True)
class Ahead:
    """Purchases to come of distinct histories; arrays of one length, `at` says whose is whose."""

    at: Places
    flat: Floats
    """Expected purchases."""
    discounted: Floats
    left: Floats
    """Discounted purchases of those who buy nothing in the first year, times the chance of it."""
    p_left: Floats
    none: Floats
    """Chance of no purchase at all."""
    square: Floats
    """E[N^2]."""
    slopes: Floats
    """Of the expected purchases by the logarithm of each parameter."""
    slopes_left: Floats
    """Of `p_left`, likewise."""


@dataclass(frozen=True, slots=True)
class Shopping:
    """Rates of purchase, amounts, and net margin of a unit spent."""

    name: str
    rates: Rates
    amounts: Amounts
    unit: credibility.Company

    def expected(self, customers: CustomerArrays, months: int) -> Floats:
        """Net margin expected in the months ahead, not discounted."""
        x, t_x, age, index = _distinct(customers)
        purchases = self.rates.expected(customers.weeks(months), x, t_x, age)[index]
        return np.asarray(purchases * self._each(customers))

    def worth(
        self,
        customers: CustomerArrays,
        months: int,
        monthly: float,
        given: Floats | None = None,
        *,
        bounds: bool = True,
    ) -> CustomerValue:
        """Net margin over the months ahead, discounted by `monthly`; `given`: chances of buying nothing in a year.

        Without `bounds` each customer's low and high are their value.
        Shapes: `given` (n,), 0 to 1, NaN where not known.
        """
        ahead = self._ahead(customers, months, monthly)
        index, (n, mean) = ahead.at, _purchases(customers)
        amount = self.amounts.expected(n, mean)
        unit, unsure = self.unit.of(customers.net, customers.weight)
        value = unit * amount * ahead.discounted[index]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(ahead.flat > 0, ahead.discounted / ahead.flat, 0.0)
            if_left = np.where(ahead.p_left > 0, ahead.left / ahead.p_left, np.nan)
            if_kept = np.where(ahead.p_left < 1, (ahead.discounted - ahead.left) / (1 - ahead.p_left), np.nan)
        linear_weight, square_weight = self.amounts.squares(n, mean)
        spent = (linear_weight * ahead.flat[index] + square_weight * ahead.square[index]) * scale[index] ** 2
        within = self.unit.noise(customers.net, customers.weight)
        noise = within * amount * ahead.flat[index] * scale[index] ** 2
        second = (unit**2 + unsure) * spent + noise
        by_rates = _by_rates(ahead, unit * amount * scale[index], given)
        p_left, none = ahead.p_left[index], ahead.none[index]
        if given is not None:
            can = np.isfinite(given) & (p_left > 0) & (p_left < 1)
            kept_scale = np.where(can, (1 - given) / np.where(can, 1 - p_left, 1.0), 1.0)
            none = np.where(can, none * given / np.where(can, p_left, 1.0), none)
            # Those who buy nothing in a year add next to nothing.
            value, second = value * kept_scale, second * kept_scale
        by_amounts = self.amounts.slopes(n, mean) @ np.where(amount > 0, value / np.where(amount > 0, amount, 1.0), 0.0)
        low, high = _bounds(value, second, none) if bounds else (value, value)
        customer_value = CustomerValue(
            value=value,
            if_kept=unit * amount * if_kept[index],
            if_left=unit * amount * if_left[index],
            p_left=p_left,
            low=low,
            high=high,
            variance=np.maximum(second - value**2, 0.0),
            by_parameters=float(
                quadratic(by_rates, self.rates.covariance) + quadratic(by_amounts, self.amounts.covariance)
            ),
        )
        return customer_value if given is None else customer_value.split_by(given)

    def _each(self, customers: CustomerArrays) -> Floats:
        """Net margin of a purchase."""
        unit, _ = self.unit.of(customers.net, customers.weight)
        return np.asarray(unit * self.amounts.expected(*_purchases(customers)))

    def _ahead(self, customers: CustomerArrays, months: int, monthly: float) -> Ahead:
        rates, (x, t_x, age, index) = self.rates, _distinct(customers)
        weeks = customers.weeks
        alive, year, whole = rates.alive(x, t_x, age), weeks(YEAR), weeks(months)
        ends = np.append(np.arange(QUARTER, months, QUARTER), months)
        worth: Floats = np.asarray(monthly ** (ends - np.diff(ends, prepend=0) / 2), dtype=np.float64)
        by = np.array([alive * rates.expected_if_alive(weeks(end), x, t_x, age) for end in ends])
        silent = alive * rates.silent_and_here(year, x, t_x, age)
        far = ends[ends > YEAR]
        later = [silent * rates.expected_if_alive(weeks(end - YEAR), x, t_x, age + year) for end in far]
        after = np.array(later).reshape(far.size, x.size)
        return Ahead(
            at=index,
            flat=by[-1],
            discounted=np.asarray(worth @ np.diff(by, axis=0, prepend=0.0)),
            left=np.asarray(worth[ends > YEAR] @ np.diff(after, axis=0, prepend=0.0)),
            p_left=_silent(rates, year, x, t_x, age),
            none=_silent(rates, whole, x, t_x, age),
            square=by[-1] + alive * rates.pairs_if_alive(whole, x, t_x, age),
            slopes=_slopes(rates, lambda moved: moved.expected(whole, x, t_x, age)),
            slopes_left=_slopes(rates, lambda moved: _silent(moved, year, x, t_x, age)),
        )


def candidates(
    customers: CustomerArrays, gaps: Sequence[tuple[float, float]] = (), only: str | None = None
) -> tuple[list[Shopping], list[str]]:
    """Models that fit, and why others do not; `customers` are all who ever bought.

    `gaps`: weeks between purchases and how often they occur; `only`: fit none but the model of this name.
    """
    unit = credibility.company(customers.net, customers.weight)
    if unit is None:
        return [], ["nobody's margin is known"]
    histories = Histories.count(*customers.bought)
    if not histories.x.any():
        once = formatting.how_many(len(customers), "customer")
        because = "What they will buy again cannot be estimated before some come back"
        return [], [f"nobody has bought twice: {once} bought once each. {because}"]
    amounts, notes = fit_amounts(*_purchases(customers))
    fitted: list[Shopping] = []
    unstable: list[str] = []
    for name, fit in _fits(gaps).items():
        if only not in (None, name) and name != PERIODIC:
            continue
        try:
            rates = fit(histories)
        except (NotConverged, NotEnoughData) as error:
            if isinstance(error, NotEnoughData):
                notes.append(str(error))
            else:
                unstable.append(name)
            continue
        if rates is not None:
            fitted.append(Shopping(name, rates, amounts, unit))
        if isinstance(rates, PeriodicRates):
            notes.append(
                f"customers pay by the period: most gaps between purchases are {rates.period:.0f} weeks. "
                "Each payment is modelled as a renewal"
            )
            return fitted[-1:], notes  # who pays by the period does not buy at random: no model of that holds beside it
        if isinstance(rates, RegularRates):
            notes.append(
                f"customers buy more regularly than chance (gaps between purchases look like {rates.k} random waits "
                "each), which BG/NBD and Pareto/NBD leave out; a model of regular buyers is held against them"
            )
    if unstable:
        notes.append(f"no stable fit to these data, and not used: {', '.join(unstable)}")
    likelihoods = {model.name: model.rates.log_likelihood for model in fitted}
    rejected = outdone(likelihoods, ((BG + ONE_CHANCE, BG, 1), (MBG + ONE_CHANCE, MBG, 1)))
    rejected |= _less_likely({name: value for name, value in likelihoods.items() if name not in rejected})
    return [model for model in fitted if model.name not in rejected], notes


def _less_likely(likelihoods: Mapping[str, float]) -> set[str]:
    """Models of random purchases that another one outdoes clearly on the same histories (ADR 73).

    Neither is a case of the other; the limit with one chance of leaving has one parameter less (AIC).
    """
    rivals = {
        name: likelihood + name.endswith(ONE_CHANCE)
        for name, likelihood in likelihoods.items()
        if name.removesuffix(ONE_CHANCE) in (BG, MBG, PARETO)
    }
    best = max(rivals.values(), default=0.0)
    return {name for name, likelihood in rivals.items() if likelihood < best - CLEAR}


def _fits(gaps: Sequence[tuple[float, float]]) -> dict[str, Callable[[Histories], Rates | None]]:
    """Every model of purchases by its name."""
    return {
        PERIODIC: lambda histories: fit_periodic(histories, gaps),
        BG: fit_purchases,
        BG + ONE_CHANCE: fit_one_chance,
        MBG: partial(fit_purchases, after_first=True),
        MBG + ONE_CHANCE: partial(fit_one_chance, after_first=True),
        PARETO: fit_pareto,
        "BG/CNBD-k of regular buyers": lambda histories: fit_regular(histories, gaps) if gaps else None,
    }


def _purchases(customers: CustomerArrays) -> tuple[Floats, Floats]:
    """How many purchases so far, the first one too, and their mean."""
    return customers.bought[0] + 1, customers.spend


def _distinct(customers: CustomerArrays) -> tuple[Floats, Floats, Floats, Places]:
    histories, index = Histories.of(*customers.bought)
    return histories.x, histories.t_x, histories.age, index


def _silent(rates: Rates, t: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """P(no purchase in the next t | history), alive or not."""
    alive = rates.alive(x, t_x, age)
    return np.asarray(1 - alive + alive * rates.silent_if_alive(t, x, t_x, age))


def _slopes(rates: Rates, function: Callable[[Rates], Floats]) -> Floats:
    """Slopes of `function` by the logarithm of each free parameter, shape (parameters, histories)."""
    steps = [[function(rates.moved(i, step)) for step in (1e-4, -1e-4)] for i in range(rates.covariance.shape[0])]
    return np.array([(up - down) / 2e-4 for up, down in steps])


def _by_rates(ahead: Ahead, money: Floats, p_leave: Floats | None) -> Floats:
    """Slope of the total value by the logarithm of each parameter of the rates, shape (parameters,).

    `money`: discounted money a purchase by customer. Where the chance of buying nothing in a year is given, the rates
    only say what those bring who do buy: K = purchases / (1 - p_left).
    """
    if not ahead.slopes.size:
        return np.zeros(0)
    index, size = ahead.at, ahead.flat.size
    buys = 1 - ahead.p_left
    can = np.isfinite(p_leave) & (buys[index] > 0) if p_leave is not None else np.zeros(index.size, dtype=np.bool_)
    chance = np.where(can, 1 - p_leave, 0.0) if p_leave is not None else np.zeros(index.size)
    own = np.bincount(index, weights=np.where(can, 0.0, money), minlength=size)
    scaled_money = np.bincount(index, weights=np.where(can, money * chance, 0.0), minlength=size) / np.where(
        buys > 0, buys, 1.0
    )
    by_scaled = ahead.slopes + ahead.flat / np.where(buys > 0, buys, 1.0) * ahead.slopes_left
    return np.asarray(ahead.slopes @ own + by_scaled @ scaled_money)


def _bounds(value: Floats, second: Floats, none: Floats) -> tuple[Floats, Floats]:
    """What 2.5% and 97.5% of a customer's outcomes lie below."""
    from scipy.special import gammaincinv

    some = np.maximum(1 - none, 1e-12)
    mean = np.abs(value) / some
    variance = np.maximum(second / some - mean**2, 1e-12 * mean**2 + 1e-300)
    shape = np.maximum(mean**2 / variance, 1e-3)
    size = np.where(mean > 0, mean / shape, 0.0)
    near, far = (
        np.where(q > none, gammaincinv(shape, np.clip((q - none) / some, 0.0, 1.0)) * size, 0.0) for q in (LOW, HIGH)
    )
    return np.where(value < 0, -far, near), np.where(value < 0, -near, far)
