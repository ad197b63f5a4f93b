"""Many customers, and customers with many purchases: fitted as they are, without a penaliser."""

from __future__ import annotations

import numpy as np
import pytest

from worthline.customers.value.purchases import Histories, fit_purchases
from worthline.customers.value.spend import fit_spend


def lived(customers, r, alpha, a, b, weeks, seed):
    """x, t_x, T of BG/NBD customers: of N purchases in T weeks those before the one after which they left."""
    luck = np.random.default_rng(seed)
    age = np.floor(luck.uniform(weeks / 2, weeks, customers))
    n = luck.poisson(luck.gamma(r, 1 / alpha, customers) * age)
    leaves = luck.geometric(np.clip(luck.beta(a, b, customers), 1e-9, 1.0))
    x = np.minimum(n, leaves)
    # The x-th of n purchases at chance: order statistics of the uniform distribution.
    at = np.where(x > 0, luck.beta(np.maximum(x, 1), n - np.minimum(x, n) + 1), 0.0)
    return x.astype(float), np.ceil(at * age * 7) / 7, age


def amounts(x, seed):
    luck = np.random.default_rng(seed)
    again = x > 0
    return x[again], luck.gamma(6 * x[again]) / x[again] / luck.gamma(4.0, 1 / 15.0, int(again.sum()))


def within(found, true, covariance):
    """Four standard errors of the logarithms; days rounded up cost up to a hundredth."""
    return (np.abs(np.log(np.divide(found, true))) <= 4 * np.sqrt(np.diag(covariance)) + 0.01).all()


@pytest.mark.parametrize(
    ("customers", "true", "weeks"),
    [
        pytest.param(2_500_000, (0.7, 7.0, 0.8, 2.6), 104, id="2.5 million", marks=pytest.mark.truth),
        pytest.param(289_000, (6.0, 2.0, 0.9, 300.0), 156, id="289,000 with hundreds each", marks=pytest.mark.truth),
        pytest.param(100_000, (0.7, 7.0, 0.8, 2.6), 104, id="100,000"),
        pytest.param(12_000, (6.0, 2.0, 0.9, 300.0), 156, id="12,000 with hundreds each"),
    ],
)
def test_no_penaliser_is_needed(customers, true, weeks):
    x, t_x, age = lived(customers, *true, weeks, seed=21)
    if true[0] > 1:
        assert np.median(x) > 150, "hundreds of purchases each"
    histories, _ = Histories.of(x, t_x, age)
    found = fit_purchases(histories)
    assert within(found.parameters, true, found.covariance)
    spend = fit_spend(*amounts(x, 22))
    assert within((spend.p, spend.q, spend.gamma), (6.0, 4.0, 15.0), spend.covariance)
