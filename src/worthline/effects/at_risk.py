"""Margin at risk parted into normal churn and what poor experience causes, by owner. numpy only.

Reads     parts (joint.py), effects on staying by horizon, what a kept customer is worth more than one who left.
Gives     the table margin_at_risk_causes; the figure margin_at_risk_poor_experience.
Method    of each experience, over customers still here who had it in the last twelve months: its effect on staying
          after the horizon, less what has already come true by today (the effect after as many months as have passed,
          as a share of that after the horizon; straight lines between the horizons estimated), x (value_if_kept -
          value_if_left). What it may do beyond the horizon is not counted. Errors are added by customer: money.py.
          Normal churn is the rest of margin at risk.
Assumes   the effect of the past holds for those who had it lately.
Not for   experiences known by correlation only: they are in normal churn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from worthline.effects.effect import MONEY, Effect, in_money
from worthline.effects.joint import YEAR, Part
from worthline.effects.linkage import EffectInputs
from worthline.metrics import formatting
from worthline.metrics.dimensions import UNASSIGNED
from worthline.results import Figure
from worthline.stats.cross_fitting import Floats, Ints
from worthline.stats.removed_skewness import reach
from worthline.tables.money import currency_digits, shares

NAME = "margin_at_risk_poor_experience"
SQL = "select margin_at_risk as value, low, high\nfrom margin_at_risk_causes where level = 'poor_experience'"
LEVELS = ("total", "normal_churn", "poor_experience", "department", "experience")
SCHEMA = pa.schema(
    [
        ("level", pa.string()),
        ("name", pa.string()),
        ("touchpoint", pa.string()),
        ("customer_months", pa.int64()),
        ("margin_at_risk", MONEY),
        ("low", MONEY),
        ("high", MONEY),
        ("grade", pa.string()),
    ]
)


def table(
    linked: EffectInputs,
    parts: Sequence[Part],
    estimated: Sequence[Effect],
    lost: Floats,
    whole: Decimal,
    owners: Mapping[str, Sequence[str]],
) -> pa.Table | None:
    """margin_at_risk_causes: the whole, normal churn, poor experience; the latter by department and by experience.

    `lost`: value if kept less value if left, by number of customer, NaN where not known. `whole`: margin at risk.
    None where no experience has an effect on staying better than a correlation.
    Shapes: `lost` (customers,), money.
    """
    known = [part for part in parts if not part.is_correlation]
    if not known:
        return None
    rows, spread, exposed = [], np.zeros(linked.history.customers), np.zeros(0, dtype=np.int64)
    by_owner: dict[str, tuple[Decimal, Floats]] = {}
    for part in known:
        amount, influence, months = _caused(linked, part, _course(part, estimated), lost)
        rows.append(_row("experience", part.experience.name, amount, influence, linked, part, months))
        spread += influence
        exposed = np.union1d(exposed, months)
        groups = sorted(owners.get(part.experience.touchpoint or "", ())) or [UNASSIGNED]
        split = shares(amount, dict.fromkeys(groups, Decimal(1)), currency_digits(linked.currency))
        for group in groups:
            before = by_owner.get(group, (Decimal(0), np.zeros(len(spread))))
            by_owner[group] = before[0] + split[group], before[1] + influence / len(groups)
    caused = sum((row["margin_at_risk"] for row in rows), Decimal(0))
    poor = _row("poor_experience", "", caused, spread, linked, months=exposed)
    top = [_row("total", "margin at risk", whole, None, linked), poor]
    normal = _row("normal_churn", "", whole - caused, -spread, linked)
    owned = [_row("department", name, *own, linked) for name, own in by_owner.items()]
    made = [*top, normal, *owned, *rows]
    made.sort(key=lambda row: (LEVELS.index(row["level"]), -row["margin_at_risk"], row["name"]))
    return pa.Table.from_pylist(made, SCHEMA)


def _caused(linked: EffectInputs, part: Part, course: Floats, lost: Floats) -> tuple[Decimal, Floats, Ints]:
    """What the part puts at risk, its influence by customer, and the customer-months (customer x months + month)."""
    history, one = linked.history, part.experience
    recent = one.exposed & (one.month > linked.last - YEAR) & (one.month <= linked.last)
    who, month = one.who[recent], one.month[recent]
    here = history.active[who, linked.last] & ~np.isnan(lost[who])
    who, month = who[here], month[here]
    weight = float((lost[who] * course[linked.last - month]).sum()) / linked.share
    influence = np.zeros(history.customers)
    influence[part.who] = -part.staying.influence * weight
    months = np.unique(who * history.months + month)
    return in_money(-part.staying.estimate * weight, linked.currency), influence, months


def _course(part: Part, estimated: Sequence[Effect]) -> Floats:
    """The share of the effect on staying that is still to come, after 0 .. 11 months; 0 once the horizon is past."""
    horizon = part.alone.horizon
    own = [e for e in estimated if e.cause == part.experience.name and e.outcome == "retention" and e.segment == "all"]
    sizes = {e.horizon: e.estimate for e in own if e.estimate is not None and e.horizon <= horizon}
    passed = np.arange(YEAR)
    whole = sizes.get(horizon)
    if not whole:
        return np.clip(1 - passed / horizon, 0, 1)
    at = [0, *sorted(sizes)]
    come = np.interp(passed, at, [0.0, *(sizes[months] / whole for months in at[1:])])
    return np.where(passed < horizon, 1 - np.clip(come, 0, 1), 0.0)


def _row(
    level: str,
    name: str,
    amount: Decimal,
    influence: Floats | None,
    linked: EffectInputs,
    part: Part | None = None,
    months: Ints | None = None,
) -> dict[str, Any]:
    ends = None if influence is None else reach(influence)
    return {
        "level": level,
        "name": name or level.replace("_", " "),
        "touchpoint": None if part is None else part.experience.touchpoint,
        "customer_months": None if months is None else round(len(months) / linked.share),
        "margin_at_risk": amount,
        "low": None if ends is None else amount - in_money(ends.below, linked.currency),
        "high": None if ends is None else amount + in_money(ends.above, linked.currency),
        "grade": None if level == "total" else "C",
    }


def figure(causes: pa.Table, currency: str, as_of: str) -> Figure:
    """What poor experience puts at risk, beside normal churn."""
    rows = {row["level"]: row for row in causes.to_pylist() if row["level"] in LEVELS[:3]}
    whole, normal, poor = (rows[level]["margin_at_risk"] for level in LEVELS[:3])
    low, high = rows["poor_experience"]["low"], rows["poor_experience"]["high"]

    def money(amount: Decimal) -> str:
        return formatting.money_prose(amount, currency)

    says = f"Of {money(whole)} margin at risk, poor experiences cause an estimated {money(poor)} "
    says += f"(95% CI {money(low)} to {money(high)}). {money(normal)} is normal churn."
    if low <= 0 <= high:
        says += " The interval includes zero."
    return Figure(
        name=NAME,
        label="Margin at risk from poor experience",
        value=float(poor),
        low=float(low),
        high=float(high),
        unit="money",
        basis="effect",
        grade="C",
        n=rows["poor_experience"]["customer_months"],
        as_of=as_of,
        sentence=says,
        method="Effect of each experience of the last 12 months on staying, as far as it is still to come, x (value if "
        "kept - value if left), over customers still here. Each counted once beside the others of its month.",
        tables=("margin_at_risk_causes", "margin_at_risk", "effects"),
        details={"sql": SQL},
    )
