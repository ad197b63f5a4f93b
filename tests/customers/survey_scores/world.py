"""Customers who were asked how they feel; who answers hangs on what is recorded, or on the feeling itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from worthline.customers.risk.feature_groups import PANEL

_USED = {"tenure_months", "unresolved_3m", "contacts_3m", "revenue_12m"}
FEATURES = tuple(f for f in PANEL if f.column in _USED)


def world(seed: int, customers: int = 4_000, *, hidden: float = 0.0, tells: float = 1.0) -> tuple[pa.Table, np.ndarray]:
    """Rows as they come from gather.py, each customer asked once; and what all would have said."""
    luck = np.random.default_rng(seed)
    contacts = luck.poisson(0.9, customers)
    unresolved = luck.binomial(contacts, 0.4)
    tenure = luck.integers(0, 60, customers)
    revenue = luck.gamma(4, 60, customers)
    feeling = luck.normal(0, 1, customers) - tells * (0.9 * unresolved - 0.01 * tenure)
    score = np.clip(np.rint(8.2 + 1.4 * feeling + luck.normal(0, 0.8, customers)), 0, 10)
    odds = -0.4 - 1.0 * unresolved - 0.3 * contacts + 0.02 * tenure + hidden * feeling
    answered = luck.random(customers) < 1 / (1 + np.exp(-odds))
    rows = pa.table(
        {
            "rank": np.arange(customers),
            "at": np.full(customers, 24_000),
            "answered": answered,
            "score": pa.array(np.where(answered, score, np.nan), from_pandas=True),
            "tenure_months": tenure.astype(float),
            "unresolved_3m": unresolved.astype(float),
            "contacts_3m": contacts.astype(float),
            "revenue_12m": revenue,
        }
    )
    return rows, score
