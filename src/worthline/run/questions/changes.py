"""Each figure's change since the last run, in parts that add up to it.

Reads     two published runs of one company.
Gives     `between`: Change for each figure that both runs have.
Method    the figure of this run at the last run's date is rebuilt from this run's own months. From there to now is
          real change; from the last run's figure to there is restatement. Restatement is method where the data are
          the same, and data where settings and version are the same. Of revenue and margin it is split by rows: late
          rows, and corrected or withdrawn ones. What cannot be parted is said to be so, never spread over the parts.
Assumes   a rebuilt figure is used only where the same rule gives both runs' own published figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from worthline.metrics import formatting
from worthline.results import Figure
from worthline.run.view import RunView
from worthline.tables.time import add_months

NEAR = 1e-9
"""Relative: a rebuilt figure is the published one up to the last digits of a double."""
PARTS = ("real", "late", "corrected", "data", "method", "mixed")
AMOUNTS = {"revenue": "amount", "margin": "margin"}
"""Metrics that are sums of a column of transactions."""
Month = Mapping[str, tuple[float, float]]
"""Month -> value and n of a metric."""


@dataclass(frozen=True, slots=True)
class Change:
    """One figure then and now; the parts add up to now - then, and None is a part that there is not."""

    figure: Figure
    then: float
    real: float | None = None
    late: float | None = None
    corrected: float | None = None
    data: float | None = None
    method: float | None = None
    mixed: float | None = None

    @property
    def total(self) -> float:
        """Now less then."""
        return float(self.figure.value or 0.0) - self.then


def between(last: RunView, run: RunView) -> tuple[Change, ...]:
    """Each figure with a value in both runs, in the order of the overview."""
    old = {figure.name: figure for figure in last.figures if figure.value is not None}
    return tuple(
        _change(last, run, old[figure.name], figure)
        for figure in run.figures
        if figure.value is not None and figure.name in old
    )


def _change(last: RunView, run: RunView, old: Figure, new: Figure) -> Change:
    made = Change(new, float(old.value or 0.0))
    if math.isclose(made.total, 0.0, abs_tol=NEAR * max(1.0, abs(made.then))):
        return made
    rebuilt = float(new.value or 0.0) if old.as_of == new.as_of else _rebuilt(last, run, old, new)
    if rebuilt is None:
        return replace(made, mixed=made.total)
    real, restated = float(new.value or 0.0) - rebuilt, rebuilt - made.then
    made = replace(made, real=real if old.as_of != new.as_of else None)
    if math.isclose(restated, 0.0, abs_tol=NEAR * max(1.0, abs(made.then))):
        return made
    same_data, same_method = _same(last, run)
    if same_data and not same_method:
        return replace(made, method=restated)
    rows = _rows(last, run, new)
    if rows is not None:
        late, corrected = rows
        unexplained = restated - late - corrected
        whole = abs(unexplained) < 0.005 if same_method else True
        if whole:
            return replace(made, late=late, corrected=corrected, method=None if same_method else unexplained)
    return replace(made, data=restated) if same_method else replace(made, mixed=restated)


def _same(last: RunView, run: RunView) -> tuple[bool, bool]:
    """Whether the two runs had the same data, and the same settings and version."""
    data = all(last.about.get(name) == run.about.get(name) for name in ("inputs", "store_snapshot"))
    method = all(last.about.get(name) == run.about.get(name) for name in ("settings", "versions", "seeds"))
    return data, method


def _rebuilt(last: RunView, run: RunView, old: Figure, new: Figure) -> float | None:
    """The figure at the last run's date, of now; None where no rule gives both published figures from their months."""
    name = _metric_of(new)
    if not name or _metric_of(old) != name:
        return None
    then, now = _months(last, name), _months(run, name)
    first, second = _window(old), _window(new)
    for rule in RULES:
        own = rule(then, first), rule(now, second)
        if None not in own and _close(own[0], old.value) and _close(own[1], new.value):
            return rule(now, first)
    return None


def _close(recomputed: float | None, published: float | None) -> bool:
    return (
        recomputed is not None
        and published is not None
        and math.isclose(recomputed, published, rel_tol=NEAR, abs_tol=0.0051)
    )


def _window(figure: Figure) -> tuple[str, ...]:
    """The months of a figure, last one last: twelve, one, or as many as there are."""
    many, month = formatting.months_and_last(str(figure.details.get("period", "")))
    last = date.fromisoformat(f"{month if many else figure.as_of[:7]}-01")
    many = many or 1
    return tuple(add_months(last, -back).isoformat()[:7] for back in reversed(range(many)))


def _months(run: RunView, name: str) -> Month:
    rows = run.sql(
        "select period, value, n from metrics where metric = ? and dimension = 'all' and value is not null", [name]
    ).to_pylist()
    return {row["period"]: (float(row["value"]), float(row["n"] or 0)) for row in rows}


def _sum(months: Month, window: tuple[str, ...]) -> float | None:
    """Money and counts of twelve months; a single month is itself."""
    return sum(months[m][0] for m in window) if all(m in months for m in window) else None


def _mean(months: Month, window: tuple[str, ...]) -> float | None:
    """Shares and scores: the mean weighted by what each month counts."""
    known = [months[m] for m in window if m in months]
    counted = sum(n for _, n in known)
    return sum(v * n for v, n in known) / counted if counted else None


RULES: tuple[Callable[[Month, tuple[str, ...]], float | None], ...] = (_sum, _mean)


def _rows(last: RunView, run: RunView, figure: Figure) -> tuple[float, float] | None:
    """What late rows, and corrected or withdrawn rows, of earlier months add; None where rows do not tell."""
    column = AMOUNTS.get(_metric_of(figure))
    if column is None or not figure.details.get("period", "").startswith("12m:"):
        return None
    before_, after = _amounts(last, column, last.about["as_of"]), _amounts(run, column, last.about["as_of"])
    if before_ is None or after is None:
        return None
    window = set(_window(replace(figure, details={"period": f"12m:{last.about['as_of'][:7]}"})))
    late = sum((amount for key, (amount, month) in after.items() if key not in before_ and month in window), Decimal(0))
    corrected = Decimal(0)
    for key, (amount, month) in before_.items():
        now, then_month = after.get(key, (Decimal(0), month))
        corrected += (now if then_month in window else 0) - (amount if month in window else 0)
    return float(late), float(corrected)


def _amounts(run: RunView, column: str, until: str) -> dict[str, tuple[Decimal, str]] | None:
    """Transaction -> its amount and month; None where transactions have no name of their own."""
    if "source.transactions" not in run.about.get("rows", {}):
        return None
    columns = run.table("source.transactions", 0).column_names
    if not {"transaction_id", column, "at_date"} <= set(columns):
        return None
    rows = run.sql(
        f"select transaction_id, sum({column}) as amount, min(strftime(at_date, '%Y-%m')) as month, count(*) as n "
        "from source.transactions where at_date <= cast(? as date) group by 1",
        [until],
    ).to_pylist()
    if any(row["transaction_id"] is None for row in rows):
        return None
    return {str(row["transaction_id"]): (Decimal(row["amount"] or 0), str(row["month"])) for row in rows}


def _metric_of(figure: Figure) -> str:
    return str(figure.details.get("metric", ""))
