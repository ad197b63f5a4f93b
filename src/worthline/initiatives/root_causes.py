"""Root-cause actions: how often a touchpoint was met before its cause was taken away, and after. numpy only.

Reads     rows of root_causes and steps; contacts by touchpoint, comments by theme and customers, each by month.
Gives     rows of `root_cause_results`.
Method    volume is contacts of a touchpoint, comments of a theme, and contacts at the touchpoints of a need's stage;
          per 1,000 customers, month by month, 12 months before the month fixed and all whole months after it.
          Where other touchpoints exist, each month is held against them: the change is that of the ratio, so that what
          moved all contacts alike is not counted. 95% interval: difference of mean logs, unequal variances (Welch).
          Grade C where there are 6 months before without a trend of their own and 3 after, against other touchpoints;
          else D. It came back where two months in a row lie nearer to the months before than to the first three after:
          the action is open again, and what it saved ends there.
Not for   what a comment costs: a theme has no saving in money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import exp, sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import scipy

from worthline.initiatives.results import MONEY, money
from worthline.metrics.formatting import day as day_text
from worthline.metrics.formatting import decimal, money_prose, share
from worthline.results import evidence_words
from worthline.tables.time import add_months, month_start

TABLE = "root_cause_results"
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("root_cause", "kind", "subject", "cause", "group", "owner", "state")),
        *((name, pa.date32()) for name in ("opened_on", "fixed_on", "reopened_on", "closed_on")),
        *((name, pa.int64()) for name in ("steps", "steps_done", "steps_late", "months_before", "months_after")),
        *((name, pa.float64()) for name in ("volume_before", "volume_after", "change", "low", "high")),
        *((name, MONEY) for name in ("cost_before", "cost_after", "saved", "saved_low", "saved_high")),
        ("grade", pa.string()),
        ("sentence", pa.string()),
    ]
)
Subject = tuple[str, str]
"""Kind (touchpoint, theme, need) and name in small letters."""
TOUCHPOINT, ALL_COMMENTS = "touchpoint", "all comments"
VOLUMES = {
    TOUCHPOINT: "Contacts",
    "theme": "Comments about it",
    "need": "Contacts at the touchpoints of its stage",
}
BEFORE, LEAST_BEFORE, LEAST_AFTER, FIRST = 12, 6, 3, 3
TREND_P = 0.05


@dataclass(frozen=True)
class Months:
    """Volume and customers by month; `others`: contacts at all other touchpoints, comments on all other themes."""

    months: list[date]
    contacts: np.ndarray
    others: np.ndarray
    customers: np.ndarray
    cost: Decimal | None
    """Of one contact at the subject, on average; None where it is not known."""


def rows(
    actions: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    series: Mapping[Subject, Months],
    as_of: date,
    currency: str,
) -> list[dict[str, Any]]:
    """Rows of root_cause_results, in order of name."""
    return [
        _row(action, [s for s in steps if s["root_cause"] == action["root_cause"]], series, as_of, currency)
        for action in sorted(actions, key=lambda cause: str(cause["root_cause"]))
    ]


def _row(
    action: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    series: Mapping[Subject, Months],
    as_of: date,
    currency: str,
) -> dict[str, Any]:
    fixed = action["fixed_on"] if action["fixed_on"] is not None and action["fixed_on"] <= as_of else None
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    row |= {name: action[name] for name in SCHEMA.names if name in action}
    row |= {"fixed_on": fixed, "steps": len(steps), "steps_done": sum(s["done_on"] is not None for s in steps)}
    row["steps_late"] = sum(s["done_on"] is None and s["due_on"] < as_of for s in steps)
    monthly = series.get((action["kind"], str(action["subject"]).lower()))
    if monthly is not None and fixed is not None:
        _measure(row, monthly, fixed, currency)
    row["state"] = _state(row)
    row["sentence"] = _sentence(row, currency)
    return row


def _state(row: Mapping[str, Any]) -> str:
    if row["reopened_on"] is not None:
        return "reopened"
    if row["closed_on"] is not None:
        return "closed"
    return "fixed" if row["fixed_on"] is not None else "open"


def _measure(row: dict[str, Any], monthly: Months, fixed: date, currency: str) -> None:
    """Before, after, change and what was saved; sets what can be told."""
    month = month_start(fixed)
    before = [k for k, m in enumerate(monthly.months) if add_months(month, -BEFORE) <= m < month]
    after = [k for k, m in enumerate(monthly.months) if m > month]
    row |= {"months_before": len(before), "months_after": len(after)}
    if len(before) < 2 or len(after) < 2:
        return
    rate = 1000 * monthly.contacts / np.maximum(monthly.customers, 1)
    compared = bool((monthly.others[before + after] > 0).all())
    against = monthly.others / np.maximum(monthly.customers, 1) if compared else np.ones(len(rate))
    logs = np.log((monthly.contacts + 0.5) / np.maximum(monthly.customers, 1)) - np.log(against)
    back = _came_back(logs, before, after)
    if back is not None:
        row["reopened_on"] = monthly.months[after[back]]
        after = after[:back] or after[:1]
    row["volume_before"] = float(f"{rate[before].mean():.9g}")
    row["volume_after"] = float(f"{rate[after].mean():.9g}")
    change, low, high = _change(logs[before], logs[after])
    row |= {"change": change, "low": low, "high": high}
    steady = len(before) >= LEAST_BEFORE and len(after) >= LEAST_AFTER and not _trends(logs[before])
    row["grade"] = "C" if compared and steady else "D"
    _save(row, monthly, before, after, against, currency)


def _change(before: np.ndarray, after: np.ndarray) -> tuple[float, float | None, float | None]:
    """Relative change and its interval, from logs by month; no interval where a side has one month."""
    gap = float(after.mean() - before.mean())
    if min(len(before), len(after)) < 2:
        return float(f"{exp(gap) - 1:.9g}"), None, None
    parts = before.var(ddof=1) / len(before), after.var(ddof=1) / len(after)
    whole = float(sum(parts))
    if whole == 0:
        return float(f"{exp(gap) - 1:.9g}"), None, None
    degrees = whole**2 / (parts[0] ** 2 / (len(before) - 1) + parts[1] ** 2 / (len(after) - 1))
    half = float(scipy.stats.t.ppf(0.975, degrees)) * sqrt(whole)
    low, high = (float(f"{exp(gap + side) - 1:.9g}") for side in (-half, half))
    return float(f"{exp(gap) - 1:.9g}"), low, high


def _trends(logs: np.ndarray) -> bool:
    """Whether the months before moved by themselves."""
    if len(logs) < LEAST_AFTER or float(np.ptp(logs)) == 0:
        return False
    return bool(scipy.stats.linregress(np.arange(len(logs)), logs).pvalue < TREND_P)


def _came_back(logs: np.ndarray, before: Sequence[int], after: Sequence[int]) -> int | None:
    """Place among the months after from which it came back; None where it did not, or never went."""
    if len(after) < FIRST + 2:
        return None
    first, was = float(logs[list(after[:FIRST])].mean()), float(logs[list(before)].mean())
    if first >= was:
        return None
    border = (first + was) / 2
    for k in range(FIRST, len(after) - 1):
        if logs[after[k]] >= border and logs[after[k + 1]] >= border:
            return k
    return None


def _save(
    row: dict[str, Any], monthly: Months, before: list[int], after: list[int], against: np.ndarray, currency: str
) -> None:
    """Contacts that did not happen, at what one costs; until it came back."""
    if monthly.cost is None:
        return
    price = float(monthly.cost)
    usual = float((monthly.contacts[before] / np.maximum(monthly.customers[before], 1) / against[before]).mean())
    expected = float((usual * against[after] * monthly.customers[after]).sum())
    row["cost_before"] = money(price * float(monthly.contacts[before].mean()), currency)
    row["cost_after"] = money(price * float(monthly.contacts[after].mean()), currency)
    row["saved"] = money(price * (expected - float(monthly.contacts[after].sum())), currency)
    if row["low"] is not None:
        row["saved_low"], row["saved_high"] = (money(-price * expected * row[end], currency) for end in ("high", "low"))


def _sentence(row: Mapping[str, Any], currency: str) -> str:
    sentence = f"{row['subject']}: {row['state']}"
    if row["steps"]:
        sentence += f", {row['steps_done']} of {row['steps']} steps done"
        sentence += f", {row['steps_late']} late" if row["steps_late"] else ""
    sentence += "."
    if row["change"] is None:
        return sentence if row["fixed_on"] is None else f"{sentence} {_why_unknown(row)}"
    sentence += f" {VOLUMES[row['kind']]} per 1,000 customers a month: {decimal(row['volume_before'])} before "
    sentence += f"{day_text(row['fixed_on'])}, "
    sentence += f"{decimal(row['volume_after'])} after; change {share(row['change'], 0)}"
    if row["low"] is not None:
        sentence += f" (95% CI {share(row['low'], 0)} to {share(row['high'], 0)})"
    sentence += f"; {evidence_words(row['grade'], row['low'], row['high'])}."
    if row["saved"] is not None:
        sentence += f" Saved to date: {money_prose(row['saved'], currency)}."
    if row["reopened_on"] is not None:
        sentence += (
            f" It came back from {day_text(row['reopened_on'])}: the action is open again, and the saving ends there."
        )
    return sentence


def _why_unknown(row: Mapping[str, Any]) -> str:
    if row["months_before"] is None:
        return f"No run counts this {row['kind']} by month, so before and after are not known."
    return "Too few whole months before and after to compare."


def series(contacts: Sequence[Mapping[str, Any]], customers: Sequence[Mapping[str, Any]]) -> dict[Subject, Months]:
    """Months by touchpoint, from rows of root_cause_queries; months without a contact count as none."""
    months = [row["month"] for row in customers]
    place = {month: k for k, month in enumerate(months)}
    active = np.array([row["n"] for row in customers], dtype=np.float64)
    by: dict[str, np.ndarray] = {}
    cost: dict[str, tuple[Decimal, int]] = {}
    for row in contacts:
        counts = by.setdefault(row["subject"], np.zeros(len(months)))
        if row["month"] in place:
            counts[place[row["month"]]] += row["n"]
            total, priced = cost.get(row["subject"], (Decimal(0), 0))
            cost[row["subject"]] = total + (row["cost"] or Decimal(0)), priced + row["priced"]
    whole = np.sum(list(by.values()), axis=0) if by else np.zeros(len(months))
    by_subject: dict[Subject, Months] = {}
    for name, counts in by.items():
        total, priced = cost.get(name, (Decimal(0), 0))
        by_subject[TOUCHPOINT, name] = Months(
            months, counts, whole - counts, active, total / priced if priced else None
        )
    return by_subject


def of_needs(
    touchpoints: Mapping[Subject, Months], needs: Sequence[Mapping[str, Any]], stages: Mapping[str, str]
) -> dict[Subject, Months]:
    """Months by need: contacts at the touchpoints of its stage; `stages`: touchpoint in small letters -> stage."""
    by_subject: dict[Subject, Months] = {}
    for need in needs:
        own = [monthly for (_, name), monthly in touchpoints.items() if stages.get(name) == need["stage"]]
        if not own:
            continue
        first = own[0]
        contacts = np.sum([monthly.contacts for monthly in own], axis=0)
        whole = first.contacts + first.others
        priced = [
            (float(monthly.contacts.sum()), monthly.cost)
            for monthly in own
            if monthly.cost is not None and monthly.contacts.sum()
        ]
        cost = sum((Decimal(repr(n)) * price for n, price in priced), Decimal(0))
        mean = cost / Decimal(repr(sum(n for n, _ in priced))) if priced else None
        by_subject["need", str(need["need"]).lower()] = Months(
            first.months, contacts, whole - contacts, first.customers, mean
        )
    return by_subject


def of_themes(trends: Sequence[Mapping[str, Any]], customers: Sequence[Mapping[str, Any]]) -> dict[Subject, Months]:
    """Months by theme, under its name and its label: rows of theme_trends, whose first theme is all comments."""
    active = {row["month"]: float(row["n"]) for row in customers}
    whole = {row["month"]: float(row["volume"]) for row in trends if row["theme"] == ALL_COMMENTS}
    months = sorted(month for month in whole if month in active)
    by_subject: dict[Subject, Months] = {}
    for theme in dict.fromkeys(row["theme"] for row in trends if row["theme"] != ALL_COMMENTS):
        own = [row for row in trends if row["theme"] == theme]
        volume = {row["month"]: float(row["volume"]) for row in own}
        counts = np.array([volume.get(month, 0.0) for month in months])
        others = np.array([whole[month] for month in months]) - counts
        monthly = Months(months, counts, others, np.array([active[month] for month in months]), None)
        by_subject |= {("theme", str(name).lower()): monthly for name in (theme, own[0]["label"])}
    return by_subject


def table(made: Sequence[Mapping[str, Any]]) -> pa.Table:
    """root_cause_results."""
    return pa.Table.from_pylist([dict(row) for row in made], SCHEMA)
