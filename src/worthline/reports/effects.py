"""The page of effects: what each experience does to retention, money and contacts, as far as it is shown.

Reads     the table effects.
Gives     a Page; Cause, for the overview.
Assumes   an effect whose 95% CI holds zero, or that may be one chance finding among so many, is not shown: it is
          said so, and not hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worthline.effects.effect import better, known_by, shown, telling
from worthline.effects.outcomes import OUTCOMES
from worthline.effects.scores import POINT, SAID
from worthline.effects.themes import PREFIX
from worthline.errors import UsageError
from worthline.metrics import formatting
from worthline.reports import by_channel
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.results import evidence_words
from worthline.run.narrowed import Sliced
from worthline.run.view import RunView

if TYPE_CHECKING:
    from collections.abc import Callable

HORIZON = 3
"""Months after the experience of which the overview and the sentences speak."""
MOST = 8
"""Causes on the overview."""
NAMED = 3
"""Names that a sentence lists."""
FIRST = ("retention", "purchases")
"""Outcomes of which the overview speaks: the first that there is."""
NOT_SHOWN = "not significant"
HOW = (
    "Estimated effect against comparable customers, with its 95% confidence interval. Evidence is that of the horizon "
    f'shown. "{formatting.capitalised(NOT_SHOWN)}": the interval includes zero, or multiple-test correction does.'
)


@dataclass(frozen=True, slots=True)
class Cause:
    """What one experience does to one outcome at one horizon."""

    cause: str
    effect: str
    interval: str
    estimate: float
    low: float
    high: float
    better: bool
    """Whether the change is for the better."""
    shown: bool
    evidence: str
    exposed: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of one outcome: those that are shown, then the others, the most harmful first in each."""

    title: str
    says: str
    rows: tuple[Cause, ...]

    remaining: int = 0
    """Causes that are not among the rows."""

    @property
    def reach(self) -> tuple[float, float]:
        """The lowest and the highest that a range comes to, zero among them."""
        return min(0.0, *(row.low for row in self.rows)), max(0.0, *(row.high for row in self.rows))


def first(run: RunView) -> Causes | None:
    """What the overview says; None where nothing has been estimated."""
    rows = _at_horizon(run)
    outcome = next((name for name in FIRST if any(row["outcome"] == name for row in rows)), "")
    return _causes(rows, outcome, str(run.about["currency"]))


def forests(run: RunView) -> tuple[Causes, ...]:
    """Each outcome with an effect that is shown, its experiences in order, for a drawing with one axis each."""
    rows = _at_horizon(run)
    shown_ = [name for name in OUTCOMES if any(row["outcome"] == name and shown(row) for row in rows)]
    drawn = (_causes(rows, name, str(run.about["currency"])) for name in shown_)
    return tuple(forest for forest in drawn if forest is not None)


def slices(run: RunView) -> tuple[str, ...]:
    """The slices of which effects were estimated, such as contacts by phone."""
    if "effects" not in run.tables():
        return ()
    return tuple(
        str(name)
        for name in run.sql(
            "select distinct segment from effects where segment <> 'all' and grain = 'customer' order by 1"
        )["segment"].to_pylist()
    )


def of_slice(run: RunView, name: str, known: tuple[str, ...]) -> RunView:
    """The run with the effects of one slice; the run itself for ""; raises UsageError for a slice that it has not."""
    if not name:
        return run
    if name not in known:
        raise UsageError(f"?segment= is one of {', '.join(known) or 'none in this run'}; found {name[:40]!r}.")
    return Sliced(run, name)


def _at_horizon(run: RunView) -> list[dict[str, Any]]:
    return [
        row
        for row in _rows(run)
        if row["horizon_months"] == HORIZON and row["estimate"] is not None and not _of_a_score(row["cause"])
    ]


def _causes(rows: list[dict[str, Any]], outcome: str, currency: str) -> Causes | None:
    """The causes of one outcome; None where it has none."""
    own = sorted((row for row in rows if row["outcome"] == outcome), key=lambda row: (not shown(row), row["estimate"]))
    if not own:
        return None
    tell = telling(outcome, currency)
    what = OUTCOMES[outcome].label.format(months=formatting.how_many(HORIZON, "month"))
    sentence = (
        f"Estimated effect of each experience on {what}, among customers with the experience. The line is the 95% CI."
    )
    return Causes(
        f"What drives {OUTCOMES[outcome].title.lower()}",
        sentence,
        tuple(_cause(row, tell) for row in own[:MOST]),
        len(own[MOST:]),
    )


def page(run: RunView) -> Page:
    """The whole page: a folded grid an outcome. Sentences and checks stand on the page of each effect."""
    rows = _rows(run)
    outcomes = [name for name in OUTCOMES if any(row["outcome"] == name for row in rows)]
    currency = str(run.about["currency"])
    blocks: list[Block] = [Text(_answer(run)), Text((HOW,), dim=True)]
    for name in outcomes:
        blocks += _outcome(name, [row for row in rows if row["outcome"] == name], currency)
    blocks += _by_place(run)
    blocks += by_channel.blocks(run)
    return Page(header(run), tuple(blocks))


def _answer(run: RunView) -> tuple[str, ...]:
    """How many experiences have an effect that is shown on the first outcome, and the largest of them."""
    forest = first(run)
    if forest is None:
        return ()
    own = [row for row in forest.rows if row.shown]
    outcome = forest.title.removeprefix("What drives ")
    if not own:
        return (f"No experience has a significant effect on {outcome} after {HORIZON} months.",)
    many = formatting.how_many(len(own), "experience has a", "experiences have a")
    worst = f"The largest: {own[0].cause}, {own[0].effect} ({own[0].evidence})."
    return (f"{many} significant effect on {outcome} after {HORIZON} months. {worst}",)


def _rows(run: RunView) -> list[dict[str, Any]]:
    if "effects" not in run.tables():
        return []
    rows: list[dict[str, Any]] = run.sql(
        "select cause, outcome, horizon_months, exposed, estimate, low, high, p_adjusted, grade, sentence from effects "
        "where segment = 'all' and grain = 'customer' order by outcome, cause, horizon_months"
    ).to_pylist()
    return [row for row in rows if row["outcome"] in OUTCOMES]


def _by_place(run: RunView) -> list[Block]:
    """What goes together between places, beside what does within them."""
    if "effects" not in run.tables() or "between" not in run.table("effects", 0).column_names:
        return []
    rows = run.sql(
        "select cause, outcome, between, within, sentence from effects where grain = 'location' order by cause, outcome"
    ).to_pylist()
    columns = (
        Column("Measure"),
        Column("Associated with"),
        Column("Between places", number=True),
        Column("Within a place", number=True),
        Column("Meaning"),
    )
    cells = tuple(
        (row["cause"], row["outcome"], f"{row['between']:.3g}", f"{row['within']:.3g}", row["sentence"]) for row in rows
    )
    return [Grid(columns, cells, title="Between places and within a place")] if rows else []


def _of_a_score(cause: str) -> bool:
    """Whether it is an answer, not an experience: it explains, and is nothing to be moved by itself."""
    return cause.startswith((SAID, PREFIX)) or cause == POINT


def _outcome(outcome: str, rows: list[dict[str, Any]], currency: str) -> list[Block]:
    """The experiences with a significant effect on one outcome, then the names of the others."""
    causes = {row["cause"] for row in rows if row["estimate"] is not None and shown(row)}
    unknown = {row["cause"] for row in rows} - {row["cause"] for row in rows if row["estimate"] is not None}
    rest = dict.fromkeys(formatting.capitalised(str(r["cause"])) for r in rows if r["cause"] not in causes | unknown)
    title = OUTCOMES[outcome].title
    if not causes and rest:
        lines = [f"{title}: no significant effect of {formatting.how_many(len(rest), 'experience')}."]
    else:
        lines = [f"{title}: not significant at any horizon for {_few(list(rest))}."] if rest else []
    if unknown:
        lines.append(f"{title}: not known for {_few(sorted(formatting.capitalised(str(cause)) for cause in unknown))}.")
    blocks: list[Block] = [_grid(outcome, [row for row in rows if row["cause"] in causes], currency)] if causes else []
    return [*blocks, Text((" ".join(lines),), dim=True)] if lines else blocks


def _few(names: list[str]) -> str:
    """Their names, or how many they are: the table effects has them all."""
    return "; ".join(names) if len(names) <= NAMED else formatting.how_many(len(names), "experience")


def _grid(outcome: str, rows: list[dict[str, Any]], currency: str) -> Grid:
    months = sorted({row["horizon_months"] for row in rows})
    tell = telling(outcome, currency)
    named = {(row["cause"], row["horizon_months"]): row for row in rows}
    columns = (
        Column("Experience", leads=f"/effects/{outcome}/"),
        *(Column(_after(m), number=True) for m in months),
        Column("Evidence"),
    )
    cells = []
    for cause in dict.fromkeys(row["cause"] for row in rows):
        own = [named[cause, m] for m in months if (cause, m) in named]
        by_horizon = [_cell(named[cause, m], tell) if (cause, m) in named else "" for m in months]
        cells.append((formatting.capitalised(str(cause)), *by_horizon, _evidence(own)))
    return Grid(columns, tuple(cells), title=OUTCOMES[outcome].title, folded=True)


def _after(months: int) -> str:
    """3 months later; the order or case itself where nothing lies between."""
    return f"{formatting.how_many(months, 'month')} later" if months else "Same order or case"


def _evidence(rows: list[dict[str, Any]]) -> str:
    """The evidence of each horizon: once where it is the same at all."""
    graded = [row for row in rows if row["grade"]]
    grades = {row["horizon_months"]: evidence_words(row["grade"], row["low"], row["high"]) for row in graded}
    if not grades:
        return "-"
    if len(set(grades.values())) == 1:
        return next(iter(grades.values()))
    by: dict[str, list[int]] = {}
    for months, words in grades.items():
        by.setdefault(words, []).append(months)
    return "; ".join(
        f"{words}: {', '.join(map(str, months))} {'month' if months == [1] else 'months'}"
        for words, months in by.items()
    )


def _interval(row: dict[str, Any], tell: Callable[[float], str]) -> str:
    """Both ends, the unit named once."""
    return f"{tell(row['low']).removesuffix(' points')} to {tell(row['high'])}"


def _cell(row: dict[str, Any], tell: Callable[[float], str]) -> str:
    if row["estimate"] is None:
        return formatting.NOT_KNOWN
    return f"{tell(row['estimate'])} ({_interval(row, tell)})" if shown(row) else NOT_SHOWN


def _cause(row: dict[str, Any], tell: Callable[[float], str]) -> Cause:
    is_significant = shown(row)
    return Cause(
        cause=formatting.capitalised(str(row["cause"])),
        effect=tell(row["estimate"]) if is_significant else NOT_SHOWN,
        interval=_interval(row, tell),
        estimate=row["estimate"],
        low=row["low"],
        high=row["high"],
        better=better(row["outcome"], row["estimate"]),
        shown=is_significant,
        evidence=known_by(row),
        exposed=formatting.count(row["exposed"]),
        sentence=str(row["sentence"] or ""),
    )
