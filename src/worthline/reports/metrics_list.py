"""Every metric of a run by family, each with its latest value: the index to what can be explained.

Reads     the published rows of metrics; the registry of metrics.
Gives     Listed, by family.
"""

from __future__ import annotations

from dataclasses import dataclass

from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports.figure_text import span, value
from worthline.run.view import RunView

FAMILIES = {
    "customers": "Customers",
    "money": "Revenue and margin",
    "purchases": "Purchases",
    "growth": "Growth",
    "relations": "Referrals and switching",
    "scores": "Feedback",
    "answers": "Survey response",
    "service": "Service",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One metric and its latest value."""

    name: str
    label: str
    value: str
    interval: str
    period: str
    definition: str


def answer(run: RunView) -> str:
    """How many figures and metrics there are, and of which day."""
    listed = sum(len(each) for each in metrics(run).values())
    many = formatting.how_many(len(run.figures), "headline figure")
    return f"{many} and {formatting.how_many(listed, 'metric')} as of {formatting.day(run.about['as_of'])}."


def metrics(run: RunView) -> dict[str, list[Listed]]:
    """Family -> its metrics; the last twelve months where a metric has them, else the last month with a value."""
    if "metrics" not in run.tables():
        return {}
    rows = run.sql(
        "select metric, period, value, low, high, unit from (select *, row_number() over (partition by metric "
        "order by value is not null desc, period like '12m:%' desc, period desc) as place from metrics "
        "where dimension = 'all' and regexp_matches(period, '^(12m:)?[0-9]{4}-[0-9]{2}$')) "
        "where place = 1 order by metric"
    ).to_pylist()
    out: dict[str, list[Listed]] = {title: [] for title in FAMILIES.values()}
    currency = run.about["currency"]
    for row in rows:
        about = registered(row["metric"])
        context = {"currency": currency, "name": row["metric"]}
        listed = Listed(
            name=row["metric"],
            label=about.label,
            value=value(row["value"], row["unit"], **context),
            interval=span(row["low"], row["high"], row["unit"], **context),
            period=formatting.period(row["period"]) if row["value"] is not None else "",
            definition=about.definition,
        )
        out.setdefault(FAMILIES.get(about.family, about.family.capitalize()), []).append(listed)
    return {title: each for title, each in out.items() if each}
