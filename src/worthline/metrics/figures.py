"""The headline: the counted figures that a chief executive reads, each with its sentence and its evidence.

Reads     the company's settings, the finished tables `metrics` and `bridges`.
Gives     Figures in the order of the overview. One whose metric has no row (its table was not brought) is absent;
          one that is undefined is there without a value, and says why.
Not for   what is predicted or proven: those rooms add figures of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from worthline.metrics import sentences
from worthline.metrics.periods import month_name, year_to
from worthline.metrics.registry import metric as registered
from worthline.metrics.sentences import Reading
from worthline.results import Figure, Resolved
from worthline.tables.time import add_months

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]
SCORES = ("nps", "csat", "ces", "stars")
_HEADED_BY = {"spend": "revenue_12m", "share_of_wallet": "share_of_wallet", "balances": "balances"}
"""How a company earns: the figure that then heads the overview. Retention leaves the order as it is."""


@dataclass(frozen=True)
class _Book:
    """The rows of `metrics` that speak for the whole company, by metric and period."""

    settings: Resolved
    rows: dict[tuple[str, str], Row]
    names: frozenset[str]
    latest: dict[str, str]
    """Metric: the last month in which it has a value."""
    bridge: dict[str, float]
    """Lines of the revenue bridge of the last twelve months."""
    remark: str

    @property
    def month(self) -> str:
        return month_name(self.settings.as_of)

    @property
    def year(self) -> str:
        return year_to(self.settings.as_of).name

    def value(self, metric: str, period: str) -> float | None:
        """A value, or None."""
        row = self.rows.get((metric, period))
        return None if row is None else row["value"]


@dataclass(frozen=True, slots=True)
class _Line:
    """One figure of the headline: the metric and period it reads, and who writes its sentence."""

    name: str
    label: str
    metric: str
    yearly: bool
    tables: tuple[str, ...]
    say: Callable[[_Book, Reading, str], str]
    source: str
    details: Callable[[_Book, str], Row] = lambda book, period: {}
    by_month: bool = False
    """Where twelve months are not known, the last month that is known may stand for them."""


def headline(
    settings: Resolved, metrics: pa.Table, bridges: pa.Table | None = None, health_line: str | None = None
) -> list[Figure]:
    """The counted figures; `health_line` (rows set aside, in words) is added to how each came about."""
    book = _book(settings, metrics, bridges, health_line or "")
    return [figure for line in _lines(book) if (figure := _figure(book, line)) is not None]


def _book(settings: Resolved, metrics: pa.Table, bridges: pa.Table | None, remark: str) -> _Book:
    import pyarrow.compute as pc

    whole = metrics.filter(pc.equal(metrics["dimension"], "all")).to_pylist()
    rows = {(row["metric"], row["period"]): row for row in whole}
    latest: dict[str, str] = {}
    last = month_name(settings.as_of)
    for row in whole:
        month = row["period"]
        if len(month) == 7 and month[4] == "-" and month[5:].isdigit() and row["value"] is not None:
            latest[row["metric"]] = max(month, latest.get(row["metric"], "")) if month <= last else ""
    bridge: dict[str, float] = {}
    if bridges is not None:
        period = year_to(settings.as_of).name
        for row in bridges.to_pylist():
            if row["kind"] == "revenue" and row["period"] == period:
                bridge[row["line"]] = float(row["amount"])
    return _Book(settings, rows, frozenset(m for m, _ in rows), latest, bridge, remark)


def _lines(book: _Book) -> list[_Line]:
    """Which figures, in which order: the headline first, then the second row."""
    s = book.settings
    lines = [] if _only_feedback(book) else _who(s)
    lines += [_score(name, s) for name in _scores(book) if name != "csat"]
    lines += _money(s)
    lines += [_score("csat", s)] if "csat" in _scores(book) else []
    lines += [*_growth(), *_relations(s)]
    head = _HEADED_BY.get(s.outcome)
    return sorted(lines, key=lambda line: line.name != head)


def _only_feedback(book: _Book) -> bool:
    """Nobody buys or subscribes as far as is known: then nobody can be counted as a customer either."""
    known = (v["value"] for (metric, _), v in book.rows.items() if metric == "customers_active")
    return book.settings.revenue_from == "none" and not any(known)


def _scores(book: _Book) -> list[str]:
    """NPS and satisfaction, the company's own score, and the others where there is nothing else."""
    own = book.settings.score_metric
    wanted = [own] if own else []
    wanted += SCORES if _only_feedback(book) else ("nps", "csat")
    return [name for name in dict.fromkeys(wanted) if name in book.names]


def _who(s: Resolved) -> list[_Line]:
    lapse = s.lapse_months if s.setting == "non-contractual" else None
    panel = "Counted from the table panel"
    return [
        _Line(
            "customers_active",
            "Customers",
            "customers_active",
            False,
            ("metrics", "panel"),
            lambda book, r, period: sentences.customers(r, lapse),
            panel,
            _customers_sql,
        ),
        _Line(
            "retention_12m",
            "Retention, 12 months",
            "retention",
            True,
            ("metrics", "panel"),
            lambda book, r, period: sentences.retention(r, lapse),
            panel,
            _retention_sql,
        ),
    ]


def _score(name: str, s: Resolved) -> _Line:
    say: Callable[[_Book, Reading, str], str]
    if name == "nps":
        say = _say_nps
    elif name == "csat":
        say = lambda book, r, period: sentences.satisfaction(r, _if_month(period))  # noqa: E731
    else:
        say = lambda book, r, period: sentences.mean_score(r, registered(name).label, _if_month(period))  # noqa: E731
    label = "NPS, those who answered" if name == "nps" else registered(name).label
    details = partial(_response_rate, name)
    return _Line(name, label, name, True, ("metrics",), say, "Counted from the table feedback", details, by_month=True)


def _money(s: Resolved) -> list[_Line]:
    paid = f"Counted from the table {s.revenue_from}"
    return [
        _Line("margin_12m", "Gross margin, 12 months", "margin", True, ("metrics", "panel"), _say_margin, paid),
        _Line(
            "cost_of_poor_service",
            "Cost of poor service",
            "cost_of_poor_service",
            True,
            ("metrics",),
            _say_poor_service,
            "Counted from the tables transactions and interactions",
            _poor_service_parts,
        ),
        _Line(
            "revenue_12m",
            "Revenue, 12 months",
            "revenue",
            True,
            ("metrics", "panel", "bridges"),
            lambda book, r, period: sentences.brought(r, "revenue", s.currency),
            paid,
            _revenue_sources,
        ),
    ]


def _growth() -> list[_Line]:
    return [
        _Line(
            "net_revenue_retention",
            "Net revenue retention",
            "net_revenue_retention",
            True,
            ("metrics", "bridges"),
            lambda book, r, period: sentences.net_revenue_retention(r),
            "Counted from revenue by customer and month",
        ),
        _Line(
            "earned_growth",
            "Earned growth",
            "earned_growth",
            True,
            ("metrics",),
            lambda book, r, period: sentences.earned_growth(r),
            "Counted from revenue by customer and customers.acquired_through",
        ),
    ]


def _relations(s: Resolved) -> list[_Line]:
    """What is shown only of companies that earn so."""
    return [
        line
        for line in (
            _Line(
                "share_of_wallet",
                "Share of wallet",
                "share_of_wallet",
                True,
                ("metrics",),
                lambda book, r, period: sentences.wallet(r),
                "Counted from the table wallet",
            ),
            _Line(
                "balances",
                "Balances",
                "balances",
                False,
                ("metrics",),
                lambda book, r, period: sentences.balances(r, s.currency),
                "Counted from the table balances",
            ),
        )
        if line.name == s.outcome
    ]


def _figure(book: _Book, line: _Line) -> Figure | None:
    period = book.year if line.yearly else book.month
    if line.by_month and book.value(line.metric, period) is None:
        period = book.latest.get(line.metric) or period
    row = book.rows.get((line.metric, period))
    if row is None:
        return None
    defined = registered(line.metric)
    before = book.rows.get((line.metric, _year_earlier(period)), {}).get("value")
    value = row["value"]
    reading = Reading(
        value=value or 0.0,
        low=row["low"],
        high=row["high"],
        n=row["n"],
        previous=before,
        target=row["target"],
    )
    says = sentences.unknown(line.label, defined.undefined) if value is None else line.say(book, reading, period)
    method = f"{defined.definition} {line.source}, {_period_words(period, book.settings.as_of)}. {book.remark}"
    whole = int if defined.unit == "count" else float
    # Answers are a sample of customers and have an interval; what all customers did is a count.
    sampled = defined.family == "scores"
    return Figure(
        name=line.name,
        label=line.label,
        value=None if value is None else whole(value),
        unit=defined.unit,
        basis="counted",
        as_of=book.settings.as_of.isoformat(),
        sentence=says,
        method=method.strip(),
        low=row["low"] if sampled else None,
        high=row["high"] if sampled else None,
        n=row["n"],
        previous=None if before is None else whole(before),
        target=row["target"],
        tables=line.tables,
        details={"metric": line.metric, "period": period, **line.details(book, period)},
    )


def _say_nps(book: _Book, r: Reading, period: str) -> str:
    return sentences.nps(r, book.value("nps_response_rate", period), _if_month(period))


def _say_margin(book: _Book, r: Reading, period: str) -> str:
    s = book.settings
    revenue = book.value("revenue", period)
    flat = s.margin is not None and revenue is not None and abs(r.value - float(s.margin) * revenue) <= 1.0
    said = sentences.brought(r, "gross margin", s.currency)
    return f"{said} {sentences.margin_source(s.margin, flat=flat)}"


def _say_poor_service(book: _Book, r: Reading, period: str) -> str:
    parts = _poor_service_parts(book, period)
    return sentences.poor_service(r, parts["cash"], parts["capacity"], parts["hours"], book.settings.currency)


def _poor_service_parts(book: _Book, period: str) -> Row:
    return {
        "cash": book.value("cost_of_poor_service_cash", period),
        "capacity": book.value("cost_of_poor_service_capacity", period),
        "hours": book.value("poor_service_hours", period),
    }


def _response_rate(name: str, book: _Book, period: str) -> Row:
    rate = book.value(f"{name}_response_rate", period)
    return {} if rate is None else {"response_rate": rate}


def _customers_sql(book: _Book, period: str) -> Row:
    return {"sql": f"select count(*) as value from panel\nwhere month = date '{period}-01' and active"}


def _retention_sql(book: _Book, period: str) -> Row:
    now, then = period[4:], _year_earlier(period)[4:]
    return {
        "sql": "select count(*) filter (where later.active) / count(*) as value, count(*) as n\n"
        "from panel as earlier join panel as later using (customer_id)\n"
        f"where earlier.month = date '{then}-01' and earlier.active and later.month = date '{now}-01'"
    }


def _revenue_sources(book: _Book, period: str) -> Row:
    found: Row = {"bridge": book.bridge} if book.bridge else {}
    if book.settings.revenue_from == "transactions":
        first = year_to(book.settings.as_of).first
        found["sql"] = (
            "select sum(amount) as value from source.transactions\n"
            f"where at_date between date '{first}' and date '{book.settings.as_of}'"
        )
    return found


def _if_month(period: str) -> str | None:
    """The month that stands for the year, or None where the year is there."""
    return None if period.startswith("12m:") else period


def _year_earlier(period: str) -> str:
    prefix, month = ("12m:", period[4:]) if period.startswith("12m:") else ("", period)
    return f"{prefix}{month_name(add_months(date.fromisoformat(f'{month}-01'), -12))}"


def _period_words(period: str, as_of: date) -> str:
    from worthline.metrics import words

    if period.startswith("12m:"):
        return f"the twelve months to {words.month(period[4:])}"
    return f"as of {words.day(as_of)}" if period == month_name(as_of) else words.month(period)
