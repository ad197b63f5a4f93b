"""Customers by month whose true chance of leaving within three months is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from worthline.customers.risk.feature_groups import PANEL, Feature, attribute, category

_LOOKED_AT = {"tenure_months", "unresolved_3m", "contacts_3m", "wait_minutes"}
FEATURES = (*(f for f in PANEL if f.column in _LOOKED_AT), category("segment"))


@dataclass(frozen=True)
class World:
    """Rows as they come from features.py, and the truth beside."""

    rows: pa.Table
    truth: np.ndarray
    features: tuple[Feature, ...] = FEATURES

    def with_own(self, name: str, values: list[str | None]) -> World:
        """The same with a column of the company's own."""
        own = attribute(len(self.features), name)
        rows = self.rows.append_column(own.column, pa.array(values, pa.string()))
        return World(rows, self.truth, (*self.features, own))

    def with_y(self, y: np.ndarray) -> World:
        """The same with other outcomes."""
        at = self.rows.column_names.index("y")
        return World(self.rows.set_column(at, "y", pa.array(y, pa.int8())), self.truth, self.features)

    @property
    def y(self) -> np.ndarray:
        """Whether each left."""
        return self.rows["y"].to_numpy()


def world(customers: int = 4_000, months: int = 12, level: float = -3.0, seed: int = 1, strength: float = 1.0) -> World:
    """Customers at risk at each of `months`; a customer who left is not there any more."""
    luck = np.random.default_rng(seed)
    patience = luck.normal(0, 0.3, customers)
    joined = luck.integers(0, 60, customers)
    segment = luck.choice(["Home", "Family", "Business"], customers, p=[0.6, 0.25, 0.15])
    here = np.ones(customers, bool)
    parts = []
    for at in range(months):
        contacts = luck.poisson(0.6, customers)
        unresolved = luck.binomial(contacts, 0.35)
        wait = np.where(contacts > 0, luck.gamma(2, 4, customers), np.nan)
        odds = level + strength * (
            1.0 * np.minimum(unresolved, 2)
            - 0.02 * (joined + at)
            + 0.04 * np.nan_to_num(wait)
            + 0.5 * (segment == "Business")
        )
        truth = 1 / (1 + np.exp(-odds - strength * patience))
        y = luck.random(customers) < truth
        known = 1 / (1 + np.exp(-odds))
        parts.append(
            {
                "rank": np.flatnonzero(here),
                "at": np.full(here.sum(), 24_000 + at),
                "y": y[here].astype(np.int8),
                "weight": np.ones(here.sum()),
                "tenure_months": (joined + at)[here].astype(float),
                "unresolved_3m": unresolved[here].astype(float),
                "contacts_3m": contacts[here].astype(float),
                "wait_minutes": wait[here],
                "segment": segment[here],
                "truth": known[here],
            }
        )
        here &= ~(y & (luck.random(customers) < 0.34))
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    truth = whole.pop("truth")
    table = pa.table({name: pa.array(values, from_pandas=True) for name, values in whole.items()})
    return World(table, truth)
