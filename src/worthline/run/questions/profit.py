"""Where profit comes from: sums of the last 12 months by decile of customers, by segment, and of losses by reason.

Reads     customer_scores; the panel for contacts; what customers are.
Gives     `bands`: Band by decile or by an attribute; `losses`: Loss. Money in the company's currency.
Method    profit is gross margin less cost to serve, of today's customers. Deciles hold the same number of customers.
          A loss has one reason, the first that holds: the margin itself is below zero; the cost to serve is larger.
          Of a split by an attribute small groups are hidden, and what would tell them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from worthline.run.narrowed import attributes
from worthline.run.small_groups import FEW, chosen
from worthline.run.view import RunView

DECILES = 10
SUMS = ("revenue_12m", "margin_12m", "cost_to_serve_12m", "profit_12m")
NEEDED = {"active", "profit_12m", "margin_12m", "customer_id"}
REASONS = {"margin below zero": "margin_12m < 0", "cost to serve": "margin_12m >= 0"}


@dataclass(frozen=True, slots=True)
class Band:
    """Customers of one decile or group; sums are None where they are not known, or hidden."""

    name: str
    customers: int | None
    """None where the group is hidden."""
    sums: dict[str, float | None]
    """By column of SUMS, those that the run has."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Customers who cost more than they generated, for one reason."""

    reason: str
    """A key of REASONS."""
    customers: int
    profit: float | None
    """Below zero; None of a small group."""
    contacts: float | None
    """Of each customer on average, in 12 months."""


def is_known(run: RunView) -> bool:
    """Whether the run knows profit by customer."""
    return set(run.table("customer_scores", 0).column_names) >= NEEDED


def by_decile(run: RunView) -> list[Band]:
    """Deciles of today's customers, the most profitable first; none where they would hold fewer than ten each."""
    bands = _bands(run, f"ntile({DECILES}) over (order by profit_12m desc, customer_id)")
    return bands if sum(band.customers or 0 for band in bands) >= FEW * DECILES else []


def by_attribute(run: RunView, name: str) -> list[Band]:
    """Groups of an attribute, in order of name; none where the run does not know it."""
    if name not in run.sql(f"{attributes(run)} limit 0").column_names:
        return []
    joined = f"join ({attributes(run, names=(name,))}) using (customer_id)"
    bands = [band for band in _bands(run, name, joined) if band.name != "None"]
    hidden = chosen({band.name: band.customers or 0 for band in bands})
    return [
        replace(band, customers=None, sums=dict.fromkeys(band.sums)) if band.name in hidden else band for band in bands
    ]


def losses(run: RunView) -> list[Loss]:
    """Losses by reason; a group of few has neither money nor contacts."""
    knows_cost = "cost_to_serve_12m" in run.table("customer_scores", 0).column_names
    reasons = {name: clause for name, clause in REASONS.items() if knows_cost or name != "cost to serve"}
    counted = ", ".join(
        f"count(*) filter ({clause}) as n{i}, sum(profit_12m) filter ({clause}) as lost{i}, "
        f"avg(contacts) filter ({clause}) as contacts{i}"
        for i, clause in enumerate(reasons.values())
    )
    [row] = run.sql(
        "with losing as (select * from customer_scores where active and profit_12m < 0), year as (select customer_id, "
        "sum(contacts) as contacts from panel where month > (select max(month) - interval 12 month from panel) "
        "and customer_id in (select customer_id from losing) group by 1) "
        f"select {counted} from losing left join year using (customer_id)"
    ).to_pylist()
    out = []
    for i, reason in enumerate(reasons):
        if many := row[f"n{i}"]:
            lost, contacts = (None if many < FEW or row[f"{c}{i}"] is None else float(row[f"{c}{i}"]) for c in LOST)
            out.append(Loss(reason, many, lost, contacts))
    return out


LOST = ("lost", "contacts")
"""What is added up of customers at a loss, beside their number."""


def _bands(run: RunView, part: str, joined: str = "") -> list[Band]:
    known = [name for name in SUMS if name in run.table("customer_scores", 0).column_names]
    sums = ", ".join(f"sum({name}) as {name}" for name in known)
    rows = run.sql(
        f"select part, count(*) as customers, {sums} from (select *, {part} as part from customer_scores {joined} "
        "where active and profit_12m is not null) group by part order by part"
    ).to_pylist()
    return [
        Band(
            str(row["part"]),
            row["customers"],
            {name: None if row[name] is None else float(row[name]) for name in known},
        )
        for row in rows
    ]
