"""The page of `worthline show`: the answer, the largest costs, the headline figures, segments, alerts, next commands.

Reads     a published run.
Gives     a Page (and the same as JSON and rows).
Assumes   figures come in the order of the overview; a line whose room is not built yet is simply not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from worthline.metrics import formatting
from worthline.reports import costs, reasons, reconciled
from worthline.reports import health as data_health
from worthline.reports.figure_text import evidence, period, sample, span, value
from worthline.reports.page import Block, Column, Facts, Grid, Next, Page, Text, command, header
from worthline.results import HEADLINE, Figure, above_and_below
from worthline.run import small_groups
from worthline.run.view import RunView

HIDDEN = -1
"""In place of n where a group's number is hidden."""
SEGMENTS = 10
"""Segments on the page; the others are in the table metrics."""


def page(run: RunView, *, folder: str = "") -> Page:
    """The whole page."""
    above, below = above_and_below(run.figures)
    rows = costs.rows_of(run)
    answer = costs.answer(run, rows)
    return Page(
        header(run),
        (
            Text(run.health().losses, mark="!"),
            Text((answer.sentence,)),
            Text(answer.lede),
            costs.grid(run, rows),
            _grid(run, above),
            Text(nothing_yet(run)),
            segments(run),
            replace(_grid(run, below), title="More figures"),
            Text(_other_alerts(run, folder), mark="!"),
            *remarks(run),
            Next(_next(run, folder)),
            Text(_decided(run), dim=True),
        ),
    )


def remarks(run: RunView) -> tuple[Text, ...]:
    """What stands against the results of initiatives, and what is off: under headings, last."""
    health = run.health()
    return (
        Text(health.concerns, title=data_health.INITIATIVES, mark="!"),
        Text(health.off, title=data_health.OFF, mark="-"),
    )


def ending(run: RunView, *, folder: str = "") -> Page:
    """What `worthline run` ends with: what its most important figures say, and where to go."""
    above, below = above_and_below(run.figures)
    sentences = tuple(figure.sentence for figure in [*above, *below][: len(HEADLINE)])
    following = (command("show", folder=folder), *_next(run, folder))
    blocks: tuple[Block, ...] = (
        Text(run.health().losses, mark="!"),
        Text(sentences or nothing_yet(run), mark="-"),
        Text(_other_alerts(run, folder), mark="!"),
        *remarks(run),
        Next(following),
    )
    return Page(header(run), blocks)


def figure_page(run: RunView, figure: Figure, *, folder: str = "") -> Page:
    """One figure: its sentence and its numbers."""
    return Page(
        header(run),
        (
            Text((figure.sentence,), title=figure.label),
            Facts(numbers(figure, run.about["currency"], run.about.get("settings"))),
            Next((command("explain", figure.name, folder=folder),)),
        ),
    )


def numbers(figure: Figure, currency: str, settings: Mapping[str, Any] | None = None) -> tuple[tuple[str, str], ...]:
    """A figure's numbers, exact, with how they are known."""

    def text(number: float | None) -> str:
        return value(number, figure.unit, currency=currency, name=figure.name, exact=True)

    interval = span(figure.low, figure.high, figure.unit, currency=currency, name=figure.name, exact=True)
    pairs = (
        ("Value", text(figure.value)),
        ("Range assumed" if figure.grade == "E" else "95% CI", interval),
        ("A year ago", text(figure.previous) if figure.previous is not None else ""),
        ("Target", text(figure.target) if figure.target is not None else ""),
        ("Sample", sample(figure, settings)),
        ("Evidence", evidence(figure, settings)),
        ("Period", period(figure)),
        ("As of", formatting.day(figure.as_of)),
    )
    return tuple(pair for pair in pairs if pair[1])


def alerts(run: RunView, *, folder: str = "") -> tuple[str, ...]:
    """Data problems that may change the figures."""
    health = run.health()
    see = command("check", folder=folder)
    aside = data_health.set_aside(health)
    lines = [*health.losses, *([f"{aside}: {see}"] if aside else [])]
    return (*lines, *reconciled.alert(run, folder=folder), *reasons.stopping(health))


def _other_alerts(run: RunView, folder: str) -> tuple[str, ...]:
    """The alerts but the losses, which stand above."""
    lost = run.health().losses
    return tuple(alert for alert in alerts(run, folder=folder) if alert not in lost)


def nothing_yet(run: RunView) -> tuple[str, ...]:
    """What a run without a figure says first."""
    return () if run.figures else ("No figure can be calculated from these tables yet.",)


def as_json(run: RunView) -> dict[str, Any]:
    """The headline as plain JSON types."""
    about = run.about
    return {
        "contract": about.get("contract"),
        "company": about["company"],
        "currency": about["currency"],
        "as_of": about["as_of"],
        "setting": about.get("setting"),
        "run_id": run.run_id,
        "simulated": bool(about.get("simulated")),
        "figures": [figure.as_json() for figure in run.figures],
        "alerts": list(alerts(run)),
        "off": list(run.health().off),
        "concerns": list(run.health().concerns),
    }


def labelled(run: RunView, content: dict[str, Any]) -> dict[str, Any]:
    """The content with `simulated` before it: what leaves alone says what it is."""
    return {"simulated": bool(run.about.get("simulated")), **content}


def as_rows(run: RunView, only: str | None = None) -> list[dict[str, Any]]:
    """The figures as rows, for CSV."""
    left_out = ("details", "tables")
    return [
        {**{k: v for k, v in f.as_json().items() if k not in left_out}, "tables": " ".join(f.tables)}
        for f in run.figures
        if only in (None, f.name)
    ]


def _grid(run: RunView, figures: Sequence[Figure]) -> Grid:
    """A row per figure: now, its interval, a year ago, its target and its evidence."""
    currency, settings = run.about["currency"], run.about.get("settings")
    columns = (
        Column(""),
        Column("Now", number=True),
        Column("95% CI", number=True),
        Column("Year ago", number=True),
        Column("Target", number=True),
        Column("Evidence"),
    )
    return Grid(columns, tuple(_row(figure, currency, settings) for figure in figures)).filled()


def _row(figure: Figure, currency: str, settings: Mapping[str, Any] | None) -> tuple[str, ...]:
    def text(number: float | None) -> str:
        return "" if number is None else value(number, figure.unit, currency=currency, name=figure.name)

    return (
        figure.label,
        text(figure.value) or formatting.NOT_KNOWN,
        span(figure.low, figure.high, figure.unit, currency=currency, name=figure.name),
        text(figure.previous),
        text(figure.target),
        evidence(figure, settings),
    )


def _decided(run: RunView) -> tuple[str, ...]:
    about = run.about
    pairs = reasons.decided(run.health(), about.get("because", {}), about.get("settings", {}))
    return tuple(f"{name} {reason}." for name, reason in pairs)


def segments(run: RunView, dimension: str = "segment") -> Grid:
    """Scores beside revenue and margin, by segment (or region, channel); small groups are not shown."""
    score = costs.first_score(run.figures)
    year = _year(run)
    wanted = [("customers_active", run.about["as_of"][:7]), ("retention", year)]
    wanted += [(score.details["metric"], score.details["period"])] if score else []
    wanted += [("revenue", year), ("margin", year)]
    by_member = _by_member(run, dimension, wanted)
    ordered = sorted(
        by_member, key=lambda member: (-(by_member[member].get("customers_active", (0, 0))[0] or 0), member)
    )
    risk = _at_risk(run, dimension)
    rows = [
        (*_segment_row(member, by_member[member], score, run.about["currency"]), risk.get(member, ""))
        for member in ordered[:SEGMENTS]
    ]
    heading = score.label.split(",")[0].split(" (")[0] if score else ""
    columns = (
        Column(f"By {dimension}", leads=f"/figures?group={dimension}:"),
        Column("Customers", number=True),
        Column(heading, number=True),
        Column("Responses", number=True),
        Column("12-month retention", number=True),
        Column("Revenue", number=True),
        Column("Margin", number=True),
        Column("Margin at risk", number=True),
    )
    return Grid(columns, tuple(rows)).filled()


def both(grid: Grid) -> bool:
    """Whether any row has a score beside its customers, so that soft and hard stand side by side."""
    answers = next((i for i, column in enumerate(grid.columns) if column.heading == "Responses"), None)
    return answers is None or any(row[1] and row[answers] for row in grid.rows)


def _year(run: RunView) -> str:
    """The twelve months that the headline speaks of."""
    periods = [str(figure.details.get("period", "")) for figure in run.figures]
    return next((period for period in periods if period.startswith("12m:")), f"12m:{run.about['as_of'][:7]}")


def _segment_row(
    member: str, values: dict[str, tuple[float | None, int | None]], score: Figure | None, currency: str
) -> tuple[str, ...]:

    def told(metric: str, unit: str) -> str:
        if metric not in values:
            return ""
        number, n = values[metric]
        if n == HIDDEN:
            return "few"
        return "" if number is None else value(number, unit, currency=currency, name=metric)

    name = score.details["metric"] if score else ""
    answers = values.get(name, (None, None))[1]
    return (
        member,
        told("customers_active", "count"),
        told(name, score.unit if score else ""),
        "" if answers is None else "few" if answers == HIDDEN else formatting.count(answers),
        told("retention", "share"),
        told("revenue", "money"),
        told("margin", "money"),
    )


def _at_risk(run: RunView, dimension: str) -> dict[str, str]:
    """Member -> its margin at risk, where that is known."""
    if "margin_at_risk" not in run.tables():
        return {}
    rows = run.sql(
        f"select member, margin_at_risk from {small_groups.hidden(run, 'margin_at_risk') or 'margin_at_risk'} "
        f"where dimension = {_quoted(dimension)} order by member"
    ).to_pylist()
    currency = run.about["currency"]
    return {
        row["member"]: "few"
        if row["margin_at_risk"] is None
        else formatting.money_short(row["margin_at_risk"], currency)
        for row in rows
    }


def _by_member(
    run: RunView, dimension: str, wanted: list[tuple[str, str]]
) -> dict[str, dict[str, tuple[float | None, int | None]]]:
    """Member -> metric -> (value, n); n is HIDDEN where the group is small, or would tell a small one."""
    if "metrics" not in run.tables():
        return {}
    pairs = ", ".join(f"({_quoted(metric)}, {_quoted(period)})" for metric, period in wanted)
    where = f"dimension = {_quoted(dimension)} and (metric, period) in ({pairs})"
    hidden = small_groups.hidden(run, "metrics", [dimension]) or "metrics"
    rows = run.sql(
        f"select member, metric, h.value, if(h.value is null and m.value is not null, {HIDDEN}, h.n) as n "
        f"from (select * from metrics where {where}) m join (select * from {hidden} where {where}) h "
        "using (metric, period, dimension, member) order by member, metric"
    )
    values: dict[str, dict[str, tuple[float | None, int | None]]] = {}
    for row in rows.to_pylist():
        values.setdefault(row["member"], {})[row["metric"]] = (row["value"], row["n"])
    return values


def _next(run: RunView, folder: str) -> tuple[str, ...]:
    figures = run.figures
    name = figures[0].name if figures else ""
    first = (command("explain", name, folder=folder),) if name else ()
    return (*first, command("check", folder=folder), command("show", *_where(folder), "metrics"))


def _where(folder: str) -> tuple[str, ...]:
    return () if folder in ("", ".") else (folder,)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
