"""How a number is calculated: sentence, numbers, definition, the SQL that gives it, the first rows of that.

Reads     a published run; the registry of metrics.
Gives     Explained, as a Page and as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from worthline.errors import NoSuchName
from worthline.metrics import formatting
from worthline.metrics.registry import metric as registered
from worthline.reports import bridges, missing, one_effect, proving, reasons, reconciled, tables, voice
from worthline.reports.overview import numbers
from worthline.reports.page import Block, Code, Facts, Next, Page, Text, command, header
from worthline.results import Figure
from worthline.run import small_groups
from worthline.run.small_groups import FEW
from worthline.run.view import RunView
from worthline.tables.money import currency_digits

if TYPE_CHECKING:
    import pyarrow as pa

BY_DIMENSION = "As published, by dimension"
SMALL_GROUPS = f"Groups of fewer than {FEW} are hidden."
ROWS = 12
"""Rows of a query that its page shows."""


@dataclass(frozen=True)
class Query:
    """One SELECT over the published run, and its answer."""

    title: str
    sql: str
    rows: pa.Table
    unit: str = ""
    """Of its values; "" where they have none, or the rows say it."""

    @property
    def is_by_dimension(self) -> bool:
        """Whether its rows are groups of customers."""
        return self.title == BY_DIMENSION


@dataclass(frozen=True)
class Explained:
    """A figure, its definition and the queries behind it."""

    figure: Figure
    definition: str
    undefined: str
    queries: tuple[Query, ...]
    proof: dict[str, Any] | None = None
    """The control group that would prove it: a row of proof_plans."""

    def as_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "figure": self.figure.as_json(),
            "definition": self.definition,
            "undefined": self.undefined,
            "prove_this": None if self.proof is None else tables.json_row(self.proof),
            "queries": [{"title": q.title, "sql": q.sql, "rows": tables.json_rows(q.rows)} for q in self.queries],
        }


def explain(run: RunView, name: str) -> Explained:
    """Everything about the figure or metric called `name`; raises NoSuchName."""
    figures = {figure.name: figure for figure in run.figures}
    if name in figures:
        return replace(_figure(run, figures[name]), proof=proving.plan(run, "figure", name))
    metrics = missing.counted(run)
    if name in metrics:
        return _metric(run, name)
    raise missing.off(run, name) or NoSuchName(
        "figure, metric, effect or theme",
        name,
        {*figures, *metrics, *one_effect.names(run), *(row["label"] for row in voice.themes(run))},
    )


def page(run: RunView, explained: Explained, *, folder: str = "") -> Page:
    """The page of `worthline explain`."""
    figure, about = explained.figure, run.about
    bridge = figure.details.get("bridge")
    blocks: list[Block] = [
        Text((figure.sentence,), title=figure.label),
        Facts(numbers(figure, about["currency"], about.get("settings"))),
        Text(
            (bridges.with_amounts(bridge, about["currency"]), *figure.details.get("bridge_notes", ()))
            if bridge
            else (),
            title="From the 12 months before",
        ),
        Text((figure.method,), title="How it is calculated"),
    ]
    if explained.definition and explained.definition not in figure.method:
        blocks.append(Text((explained.definition,), title="Definition"))
    if explained.undefined:
        blocks.append(Text((explained.undefined,), title="When it is unavailable"))
    blocks += proving.blocks(explained.proof, about["currency"])
    for query in explained.queries:
        blocks += asked(query, currency_digits(about["currency"]), folder)
    decided = reasons.decided(run.health(), about.get("because", {}), about.get("settings", {}))
    blocks.append(Facts(decided, title=reasons.TITLE))
    following = [command("show", *([folder] if folder not in ("", ".") else []), t) for t in figure.tables]
    blocks.append(Next((*following, command("sql", "select …", folder=folder))))
    return Page(header(run), tuple(blocks))


def asked(query: Query, digits: int, folder: str) -> tuple[Block, ...]:
    """The SELECT, the rows that fit, and how to see the others."""
    dimensions = _whole_dimensions(query.rows)
    further = query.rows.num_rows - dimensions.num_rows
    see = command("sql", "SELECT …", folder=folder)
    cut = (f"{formatting.how_many(further, 'further row')}: give this SELECT to {see}.",) if further else ()
    grid = replace(tables.grid(dimensions, digits=digits, unit=query.unit), label=f"{query.title}: rows")
    hidden = (SMALL_GROUPS,) if query.is_by_dimension else ()
    return Code(query.sql, title=query.title), grid, Text((*cut, *hidden), dim=True)


def _whole_dimensions(rows: pa.Table) -> pa.Table:
    """As many rows as a page takes; of a table of dimensions, only those whose members all fit."""
    if rows.num_rows <= ROWS or "dimension" not in rows.column_names:
        return rows.slice(0, ROWS)
    positions: list[int] = []
    dimensions = rows["dimension"].to_pylist()
    for name in dict.fromkeys(dimensions):
        members = [i for i, dimension in enumerate(dimensions) if dimension == name]
        if len(positions) + len(members) <= ROWS:
            positions += members
    return rows.take(positions)


def _figure(run: RunView, figure: Figure) -> Explained:
    name, period = figure.details.get("metric"), figure.details.get("period")
    queries = []
    definition = undefined = ""
    if name and period:
        defined = registered(name)
        definition, undefined = defined.definition, defined.undefined
        queries.append(_by_member(run, name, period, defined.unit))
    sql = figure.details.get("sql")
    if sql and figure.value is not None:
        queries.append(_ask(run, "Calculated from the rows", sql, figure.unit))
    queries += [_ask(run, one["title"], one["sql"]) for one in figure.details.get("beside", ())]
    beside = reconciled.rows(run) if name == "revenue" else None
    if beside is not None:
        queries.append(Query(reconciled.TITLE, reconciled.SQL, beside, "money"))
    return Explained(figure, definition, undefined, tuple(queries))


def _metric(run: RunView, name: str) -> Explained:
    """A metric that is no headline figure: its last value, and its course."""
    defined = registered(name)
    sql = (
        f"select period, value, low, high, n, target from metrics\nwhere metric = {_quoted(name)} "
        f"and dimension = 'all'\norder by period like '12m:%' desc, period desc"
    )
    course = _ask(run, "Trend", sql, defined.unit)
    rows = course.rows.to_pylist()
    last = next((row for row in rows if row["value"] is not None), None)
    figure = Figure(
        name=name,
        label=defined.label,
        value=None if last is None else last["value"],
        unit=defined.unit,
        basis="counted",
        as_of=run.about["as_of"],
        sentence="",
        method=defined.definition,
        tables=("metrics",),
    )
    if last is None:
        return Explained(replace(figure, sentence="Not known."), defined.definition, defined.undefined, (course,))
    period = last["period"]
    figure = replace(figure, **{key: last[key] for key in ("low", "high", "n", "target")})
    value = dict(numbers(figure, run.about["currency"]))["Value"]
    figure = replace(figure, sentence=f"{value} in {_period_words(period)}.")
    parts = _by_member(run, name, period, defined.unit)
    return Explained(figure, defined.definition, defined.undefined, (parts, course))


def _ask(run: RunView, title: str, sql: str, unit: str = "") -> Query:
    return Query(title, sql, run.sql(sql), unit)


def _by_member(run: RunView, name: str, period: str, unit: str) -> Query:
    """One metric by dimension, without the numbers of small groups and what would tell them."""
    select = "select dimension, member, value, low, high, n, target from {table}\nwhere "
    clause = f"metric = {_quoted(name)} and period = {_quoted(period)}"
    order = "\norder by dimension <> 'all', dimension, member"
    what = small_groups.hidden(run, "metrics") or "metrics"
    rows = run.sql(f"{select.format(table=what)}{clause} and (dimension = 'all' or value is not null){order}")
    return Query(BY_DIMENSION, f"{select.format(table='metrics')}{clause}{order}", rows, unit)


def _period_words(period: str) -> str:
    words = formatting.period(period)
    return f"the {words}" if " months to " in words else words


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
