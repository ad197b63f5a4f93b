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
from typing import TYPE_CHECKING

from worthline.metrics import formatting, sentences
from worthline.metrics.lookup import MetricLookup, Row, read, year_earlier
from worthline.metrics.periods import month_name
from worthline.metrics.registry import metric as registered
from worthline.metrics.sentences import Reading
from worthline.results import Figure, Resolved

if TYPE_CHECKING:
    import pyarrow as pa

SCORES = ("nps", "csat", "ces", "stars")
_TOLD_BY = {"transactions": "orders", "interactions": "contacts"}
"""Tables that never pause, and the metric that is known as far as they go."""
_HEADED_BY = {"spend": "revenue_12m", "share_of_wallet": "share_of_wallet", "balances": "balances"}
"""How a company earns: the figure that then heads the overview. Retention leaves the order as it is."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One figure of the headline: the metric and period it reads, and who writes its sentence."""

    name: str
    label: str
    metric: str
    yearly: bool
    tables: tuple[str, ...]
    say: Callable[[MetricLookup, Reading, str], str]
    source: str
    details: Callable[[MetricLookup, str], Row] = lambda book, period: {}
    by_month: bool = False
    """Where twelve months are not known, the last month that is known may stand for them."""
    weighted: bool = False
    """Whether answers count with their survey weight."""


def headline(
    settings: Resolved,
    metrics: pa.Table,
    bridges: pa.Table | None = None,
    health_line: str | None = None,
    *,
    margin_brought: bool = False,
) -> list[Figure]:
    """The counted figures; `health_line` (rows set aside, in words) is added to how each came about.

    `margin_brought`: the company's transactions have the column margin, so that margin is not a share of revenue.
    """
    book = read(settings, metrics, bridges, health_line or "", margin_brought=margin_brought)
    return [figure for line in _lines(book) if (figure := _figure(book, line)) is not None]


def _lines(book: MetricLookup) -> list[_Line]:
    """Which figures, in which order: the headline first, then the second row."""
    s = book.settings
    lines = [] if _only_feedback(book) else _who(s)
    lines += [_score(name, book) for name in _scores(book) if name != "csat"]
    lines += _money(s)
    lines += [_score("csat", book)] if "csat" in _scores(book) else []
    lines += [*_growth(), *_relations(s)]
    head = _HEADED_BY.get(s.outcome)
    return sorted(lines, key=lambda line: line.name != head)


def _only_feedback(book: MetricLookup) -> bool:
    """Nobody buys or subscribes as far as is known: then nobody can be counted as a customer either."""
    known = (v["value"] for (metric, _), v in book.rows.items() if metric == "customers_active")
    return book.settings.revenue_from == "none" and not any(known)


def _scores(book: MetricLookup) -> list[str]:
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
        ),
        _Line(
            "retention_12m",
            "12-month retention",
            "retention",
            True,
            ("metrics", "panel"),
            lambda book, r, period: sentences.retention(r, lapse),
            panel,
        ),
    ]


def _score(name: str, book: MetricLookup) -> _Line:
    """A score of the respondents: with the survey weights that the company declares, where it does."""
    weighted = any(
        book.value(f"{name}_weighted", p) is not None
        for p in (book.year, *book.latest.values(), *book.shorter.values())
    )
    say: Callable[[MetricLookup, Reading, str], str]
    label = "NPS (respondents)" if name == "nps" else registered(name).label
    label += ", survey-weighted" if weighted else ""
    if name == "nps":
        say = partial(_say_nps, weighted=weighted)
    elif name == "csat":
        say = lambda book, r, period: sentences.satisfaction(r, _if_month(period), weighted=weighted)  # noqa: E731
    else:
        say = lambda book, r, period: sentences.mean_score(r, label, _if_month(period), weighted=weighted)  # noqa: E731
    return _Line(
        name,
        label,
        f"{name}_weighted" if weighted else name,
        True,
        ("metrics",),
        say,
        "Counted from the table feedback",
        partial(_asked, name),
        by_month=True,
        weighted=weighted,
    )


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


def _figure(book: MetricLookup, line: _Line) -> Figure | None:
    period = book.year if line.yearly else book.month
    if line.yearly and book.value(line.metric, period) is None:
        period = book.shorter.get(line.metric) or (line.by_month and book.latest.get(line.metric)) or period
    row = book.rows.get((line.metric, period))
    if row is None:
        return None
    defined = registered(line.metric)
    before = book.value(line.metric, year_earlier(period)) if _comparable(book, line, period) else None
    value, people = row["value"], row.get("respondents")
    few = line.by_month and value is not None and people is not None and people < sentences.FEWEST
    if few:
        value = None
    reading = Reading(
        value=value or 0.0,
        low=row["low"],
        high=row["high"],
        n=row["n"],
        previous=before,
        target=row["target"],
    )
    if few:
        says = sentences.too_few(line.label, people or 0, _if_month(period))
    elif value is None:
        says = sentences.unknown(line.label, f"{defined.undefined}{_ends(book, line)}")
    else:
        says = line.say(book, reading, period) + _over(book, period)
    method = f"{defined.definition} {line.source}, {_period_words(period, book.settings.as_of)}. {book.remark}"
    whole = int if defined.unit == "count" else float
    # Answers are a sample of customers and have an interval; what all customers did is a count.
    sampled = defined.family == "scores" and value is not None
    if defined.family == "scores" and people is not None:
        sample = f"{formatting.how_many(row['n'], 'answer')} from {formatting.how_many(people, 'respondent')}"
        method = f"{method.strip()} Sample: {sample}."
    return Figure(
        name=line.name,
        label=_label(line, period),
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
        details={
            "metric": line.metric,
            "period": period,
            **({} if people is None else {"respondents": people}),
            **line.details(book, period),
        },
    )


def _label(line: _Line, period: str) -> str:
    """The figure's label, with the months that there are in place of twelve."""
    months, colon, _ = period.partition("m:")
    return line.label.replace("12 months", formatting.how_many(int(months), "month")) if colon else line.label


def _comparable(book: MetricLookup, line: _Line, period: str) -> bool:
    """Whether a year earlier the same was counted: the same known parts, and no month that as_of cuts short."""
    if (book.cut and period == book.month) or period in book.shorter.values():
        return False
    if line.metric != "cost_of_poor_service":
        return True
    then = year_earlier(period)
    parts = ("cost_of_poor_service_cash", "cost_of_poor_service_capacity")
    both = [part for part in parts if (part, period) in book.rows and (part, then) in book.rows]
    return all((book.value(part, period) is None) == (book.value(part, then) is None) for part in both)


def _ends(book: MetricLookup, line: _Line) -> str:
    """Where the tables behind a figure end, if they end before the last complete month."""
    s, family = book.settings, registered(line.metric).family
    tables = ["transactions"] if line.metric == "cost_of_poor_service" else []
    tables += ["transactions"] if family in ("money", "growth") and s.revenue_from == "transactions" else []
    tables += ["transactions"] if family == "customers" and s.setting != "contractual" else []
    tables += ["interactions"] if line.metric == "cost_of_poor_service" else []
    last = {table: book.latest.get(_TOLD_BY[table], "") for table in tables}
    stop = {table: month for table, month in last.items() if "" < month < book.year.removeprefix("12m:")}
    return "".join(f" The table {table} ends with {formatting.month(month)}." for table, month in stop.items())


def _over(book: MetricLookup, period: str) -> str:
    """Which months these are, where they are not the twelve that end with as_of."""
    if period in book.shorter.values():
        return f" This covers {_period_words(period, book.settings.as_of)}: there are no 12 months of data yet."
    cut = book.cut and period == book.year
    return f" This covers {_period_words(period, book.settings.as_of)}." if cut else ""


def _say_nps(book: MetricLookup, r: Reading, period: str, *, weighted: bool) -> str:
    bounds = (None, None) if weighted else (book.value("nps_worst", period), book.value("nps_best", period))
    return sentences.nps(r, book.value("nps_response_rate", period), _if_month(period), bounds, weighted=weighted)


def _say_margin(book: MetricLookup, r: Reading, period: str) -> str:
    s = book.settings
    flat = not (book.margin_brought and s.revenue_from == "transactions")
    sentence = sentences.brought(r, "gross margin", s.currency)
    return f"{sentence} {sentences.margin_source(s.margin, flat=flat)}"


def _say_poor_service(book: MetricLookup, r: Reading, period: str) -> str:
    parts = _poor_service_parts(book, period)
    return sentences.poor_service(r, parts["cash"], parts["capacity"], parts["hours"], book.settings.currency)


def _poor_service_parts(book: MetricLookup, period: str) -> Row:
    return {
        "cash": book.value("cost_of_poor_service_cash", period),
        "capacity": book.value("cost_of_poor_service_capacity", period),
        "hours": book.value("poor_service_hours", period),
    }


def _asked(name: str, book: MetricLookup, period: str) -> Row:
    details = {"response_rate": book.value(f"{name}_response_rate", period)}
    if book.value(f"{name}_weighted", period) is not None:
        details["unweighted"] = book.value(name, period)
    if name == "nps":
        details |= {bound: book.value(bound, period) for bound in ("nps_worst", "nps_best")}
    return {what: value for what, value in details.items() if value is not None}


def _revenue_sources(book: MetricLookup, period: str) -> Row:
    return {"bridge": book.bridge} if book.bridge else {}


def _if_month(period: str) -> str | None:
    """The month that stands for the year, or None where the year is there."""
    return None if "m:" in period else period


def _period_words(period: str, as_of: date) -> str:
    months, colon, last = period.partition("m:")
    if colon:
        whole = formatting.month(last)
        return whole if months == "1" else f"the {months} months to {whole}"
    return f"as of {formatting.day(as_of)}" if period == month_name(as_of) else formatting.month(period)
