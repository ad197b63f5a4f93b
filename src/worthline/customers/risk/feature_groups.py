"""What each feature is about, in words that a person at the telephone understands.

Gives     Feature: a column, its concept; Telling: the sentence for a customer's values of one concept.
Method    a reason names a concept, never a column; all columns of one concept speak with one voice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from worthline.metrics import formatting

if TYPE_CHECKING:
    import pyarrow as pa

Values = Mapping[str, float | str | None]
Formatter = Callable[[Values, str], str]
"""telling(values of the row by column, currency) -> words."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column that a model looks at."""

    column: str
    concept: str
    text: bool = False
    """Whether it holds words rather than numbers."""
    own: bool = False
    """Whether it is the company's own column, of which nothing is known."""
    name: str = ""
    """As the company calls it, where it is theirs."""
    source: str = ""
    """The table whose rows it counts; "" where it counts none."""
    window: int = 0
    """Months of that table that it looks back over."""
    open_ended: bool = False
    """Whether it counts months back to an event, so that blank means longer ago than the records tell."""
    cap: float | None = None
    """The most that the records could tell at every month that is learnt from."""


PANEL = (
    Feature("tenure_months", "tenure", source="customers"),
    *(
        Feature(column, concept, source=source, window=window)
        for source, concept, columns in (
            ("transactions", "spend", {"revenue_3m": 3, "revenue_before": 6, "revenue_12m": 12, "margin_12m": 12}),
            ("transactions", "purchases", {"orders_3m": 3, "orders_before": 6, "orders_12m": 12}),
            ("transactions", "refunds", {"refunds_3m": 3}),
            ("interactions", "contacts", {"contacts": 1, "contacts_3m": 3, "contacts_before": 6, "contacts_12m": 12}),
            ("interactions", "contacts", {"cost_to_serve_12m": 12}),
            ("interactions", "unresolved", {"unresolved": 1, "unresolved_3m": 3, "unresolved_12m": 12}),
            ("interactions", "wait", {"wait_minutes": 3}),
            ("feedback", "score", {"score_6m": 6, "last_score": 12}),
        )
        for column, window in columns.items()
    ),
    Feature("months_since_purchase", "purchases", source="transactions", open_ended=True),
    Feature("months_since_contact", "contacts", source="interactions", open_ended=True),
)
TERMS = (
    Feature("fee", "price"),
    Feature("products", "products"),
    Feature("terms_12m", "changes", source="subscriptions", window=12),
    Feature("term_months", "changes"),
    Feature("renewal_in", "renewal"),
    Feature("discount_left", "discount"),
)


def touchpoint(number: int, name: str) -> Feature:
    """How often one touchpoint was met in 3 months."""
    return Feature(f"touch_{number}", f"touchpoint {name}", name=name, source=f"touchpoint {name}", window=3)


def category(name: str) -> Feature:
    """A column of customers that Worthline knows."""
    return Feature(name, name, text=True, name=name)


def attribute(number: int, name: str) -> Feature:
    """One of the company's own columns of customers."""
    return Feature(f"own_{number}", f"attribute {name}", text=True, own=True, name=name)


def told(feature: Feature, values: Values, currency: str) -> str:
    """The concept of `feature` in words, for one customer's values."""
    if feature.concept in _TELLINGS:
        return _TELLINGS[feature.concept](values, currency)
    if feature.column.startswith("touch_"):
        met = _number(values, feature.column) or 0
        return f"{_plain(feature.name)}: {_times(met)} in 3 months"
    return _said(feature, values)


def told_all(feature: Feature, rows: pa.Table, currency: str) -> list[str]:
    """The same for every row; rows that are alike in all that the concept looks at are told once."""
    looked = {f.column for f in (*PANEL, *TERMS) if f.concept == feature.concept} | {feature.column}
    names = [name for name in rows.column_names if name in looked]
    phrases: dict[tuple[float | str | None, ...], str] = {}
    sentences = []
    for values in zip(*(rows[name].to_pylist() for name in names), strict=True):
        if values not in phrases:
            phrases[values] = told(feature, dict(zip(names, values, strict=True)), currency)
        sentences.append(phrases[values])
    return sentences


def _said(feature: Feature, values: Values) -> str:
    value = values.get(feature.column)
    shown = "not known" if value is None or (isinstance(value, float) and isnan(value)) else str(value)
    known = {"segment": "in segment", "region": "lives in", "channel": "comes through", "location": "served by"}
    if feature.column in known:
        return f"{known[feature.column]} {shown}"
    if feature.column == "acquired_through":
        return f"came through {shown}"
    return f"{_plain(feature.name)}: {shown}"


def _tenure(values: Values, currency: str) -> str:
    months = int(_number(values, "tenure_months") or 0)
    if months < 24:
        return f"customer for {formatting.how_many(months, 'month')}" if months else "customer since this month"
    return f"customer for {months // 12} years"


def _spend(values: Values, currency: str) -> str:
    now, before, year = (_number(values, c) for c in ("revenue_3m", "revenue_before", "revenue_12m"))
    if now is None or year is None:
        return "spending not known"
    if before and before > 0 and abs(now / before - 1) >= 0.15:
        change = now / before - 1
        if now <= 0:
            return "no spending in 3 months"
        return f"spending {'up' if change > 0 else 'down'} {abs(change):.0%} on the 3 months before"
    return f"spent {formatting.money_prose(round(year, 2), currency)} in 12 months"


def _purchases(values: Values, currency: str) -> str:
    since, orders = _number(values, "months_since_purchase"), _number(values, "orders_3m") or 0
    if since is None:
        return "has never bought"
    if since >= 3:
        return f"no purchase for {formatting.how_many(int(since), 'month')}"
    return f"{formatting.how_many(int(orders), 'purchase')} in 3 months"


def _refunds(values: Values, currency: str) -> str:
    back = _number(values, "refunds_3m")
    return "money paid back in 3 months" if back else "no money paid back lately"


def _contacts(values: Values, currency: str) -> str:
    lately, year = _number(values, "contacts_3m") or 0, _number(values, "contacts_12m") or 0
    if lately:
        return f"{formatting.how_many(int(lately), 'contact')} in 3 months"
    return (
        f"{formatting.how_many(int(year), 'contact')} in 12 months, none lately" if year else "no contact in 12 months"
    )


def _unresolved(values: Values, currency: str) -> str:
    month, lately, year = (int(_number(values, f"unresolved{s}") or 0) for s in ("", "_3m", "_12m"))
    if month:
        return f"{formatting.how_many(month, 'unresolved contact')} in the last month"
    if lately:
        return f"{formatting.how_many(lately, 'unresolved contact')} in 3 months"
    return (
        f"{formatting.how_many(year, 'unresolved contact')} in 12 months"
        if year
        else "no unresolved contact in 12 months"
    )


def _wait(values: Values, currency: str) -> str:
    minutes = _number(values, "wait_minutes")
    return "no waiting lately" if not minutes else f"waited {minutes:.0f} minutes a contact lately"


def _score(values: Values, currency: str) -> str:
    score = _number(values, "last_score")
    if score is None:
        score = _number(values, "score_6m")
    return "no score in 12 months" if score is None else f"last gave a score of {score:g}"


def _price(values: Values, currency: str) -> str:
    fee = _number(values, "fee")
    return "fee not known" if fee is None else f"pays {formatting.money(round(fee, 2), currency)} a month"


def _products(values: Values, currency: str) -> str:
    return f"has {formatting.how_many(int(_number(values, 'products') or 0), 'subscription')}"


def _changes(values: Values, currency: str) -> str:
    months = _number(values, "term_months")
    if months is None:
        return "no running term"
    return (
        f"on these terms for {formatting.how_many(int(months), 'month')}"
        if months >= 1
        else "on these terms since this month"
    )


def _renewal(values: Values, currency: str) -> str:
    ahead = _number(values, "renewal_in")
    return "no renewal date known" if ahead is None else f"renewal in {formatting.how_many(int(ahead), 'month')}"


def _discount(values: Values, currency: str) -> str:
    left = _number(values, "discount_left")
    if left is None:
        return "no discount"
    if left < 0:
        return f"discount ended {formatting.how_many(int(-left), 'month')} ago"
    return f"discount ends in {formatting.how_many(int(left), 'month')}" if left else "discount ends this month"


_TELLINGS: dict[str, Formatter] = {
    "tenure": _tenure,
    "spend": _spend,
    "purchases": _purchases,
    "refunds": _refunds,
    "contacts": _contacts,
    "unresolved": _unresolved,
    "wait": _wait,
    "score": _score,
    "price": _price,
    "products": _products,
    "changes": _changes,
    "renewal": _renewal,
    "discount": _discount,
}


def _number(values: Values, column: str) -> float | None:
    value = values.get(column)
    return None if value is None or isinstance(value, str) or isnan(value) else float(value)


def _times(n: float) -> str:
    return "no" if n == 0 else formatting.count(int(n))


def _plain(name: str) -> str:
    """A company's own name without underscores."""
    text = " ".join(name.replace("_", " ").split())
    return text if text.isupper() else text[:1].lower() + text[1:]
