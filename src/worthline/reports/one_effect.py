"""One experience and what came of it: the design in words, the checks, the course over months, the plain answer beside.

Reads     the table effects.
Gives     Family: the effects of one cause on one outcome, by horizon; its Page and its JSON; raises NoSuchName.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from worthline.effects.effect import better, identity, known_by, shown, telling
from worthline.effects.outcomes import OUTCOMES
from worthline.errors import NoSuchName
from worthline.metrics import formatting
from worthline.reports import proving, tables
from worthline.reports.page import Block, Column, Facts, Grid, Next, Page, Text, command, header
from worthline.results import evidence_words
from worthline.run.view import RunView

if TYPE_CHECKING:
    import pyarrow as pa

_HORIZON = re.compile(r"\.\d+m$")
ADDED = "Estimated separately here. The value chain counts dollars that several experiences share once."
VERDICTS = {"passed": "passed", "failed": "failed", "informs": "for information"}


@dataclass(frozen=True, slots=True)
class Point:
    """The effect at one horizon, in words and as drawn."""

    horizon: str
    effect: str
    interval: str
    raw: str
    regression: str
    evidence: str
    estimate: float | None
    low: float
    high: float
    naive: float | None
    better: bool
    shown: bool


@dataclass(frozen=True)
class Family:
    """The effects of one cause on one outcome, the shortest horizon first."""

    name: str
    table: pa.Table
    currency: str
    asked: int
    """Which of them was asked for; the longest that is known where nobody said."""
    slices: tuple[dict[str, Any], ...] = ()
    """The same within channels, and at the first and later contacts."""
    proof: dict[str, Any] | None = None
    """The control group that would prove it: a row of proof_plans."""

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One a horizon."""
        return list(self.table.to_pylist())

    @property
    def row(self) -> dict[str, Any]:
        """The effect that the page speaks of first."""
        return self.rows[self.asked]

    @property
    def title(self) -> str:
        """Cause and outcome in words."""
        cause = str(self.row["cause"])
        within = "" if self.row["segment"] == "all" else f" ({self.row['segment']})"
        return f"{formatting.capitalised(cause)}{within}: {_title(self.row['outcome']).lower()}"

    @property
    def points(self) -> tuple[Point, ...]:
        """The course over months."""
        return tuple(_point(row, self.currency) for row in self.rows)

    @property
    def sides(self) -> str:
        """What lies to the left and to the right of zero, as drawn."""
        outcome = OUTCOMES.get(self.row["outcome"])
        if outcome is not None and not outcome.higher_is_better:
            return "better (fewer) to the left, worse to the right"
        return "worse to the left, better to the right"

    @property
    def reach(self) -> tuple[float, float]:
        """The lowest and the highest that is drawn, zero among them."""
        ends = [
            number
            for row in self.rows
            for number in (row["low"], row["high"], row["raw"])
            if number is not None and row["estimate"] is not None
        ]
        return min((0.0, *ends)), max((0.0, *ends))

    def as_json(self) -> dict[str, Any]:
        """The published rows, as plain JSON types."""
        proof = None if self.proof is None else tables.json_row(self.proof)
        return {"effect": self.name, "horizons": tables.json_rows(self.table), "prove_this": proof}


def named(run: RunView, name: str) -> Family:
    """The family of an effect_id, of one without its horizon, or of outcome/cause; raises NoSuchName."""
    effects = names(run)
    outcome, _, cause = name.partition("/")
    base = identity(cause, outcome) if cause else _HORIZON.sub("", name)
    if base not in {_HORIZON.sub("", effect) for effect in effects}:
        raise NoSuchName("effect", name, effects)
    like = base.replace("'", "''")
    of_base = f"regexp_replace(effect_id, '[.][0-9]+m$', '') = '{like}'"
    table = run.sql(f"select * from effects where {of_base} order by horizon_months")
    rows = table.select(["effect_id", "estimate"]).to_pylist()
    estimated = [position for position, row in enumerate(rows) if row["estimate"] is not None]
    chosen = next(
        (position for position, row in enumerate(rows) if row["effect_id"] == name), estimated[-1] if estimated else 0
    )
    proof = proving.plan(run, "effect", rows[chosen]["effect_id"]) if rows else None
    return Family(base, table, str(run.about["currency"]), chosen, _slices(run, table), proof)


def _slices(run: RunView, table: pa.Table) -> tuple[dict[str, Any], ...]:
    """Effects of the same cause on the same outcome within slices; none for a slice itself, or for places."""
    whole = table.slice(0, 1).to_pylist()[0]
    if whole["segment"] != "all" or whole["grain"] != "customer":
        return ()
    like = {name: str(whole[name]).replace("'", "''") for name in ("cause", "outcome")}
    return tuple(
        run.sql(
            "select effect_id, segment, horizon_months, estimate, low, high, raw, grade, n, exposed from effects "
            f"where cause = '{like['cause']}' and outcome = '{like['outcome']}' and grain = 'customer' "
            "and segment <> 'all' order by segment, horizon_months"
        ).to_pylist()
    )


def _title(outcome: str) -> str:
    """What an outcome is called; a measure of places by its own name."""
    return OUTCOMES[outcome].title if outcome in OUTCOMES else outcome


def names(run: RunView) -> list[str]:
    """Every effect_id of the run."""
    if "effects" not in run.tables() or "effect_id" not in run.table("effects", 0).column_names:
        return []
    return [str(name) for name in run.sql("select effect_id from effects order by effect_id")["effect_id"].to_pylist()]


def page(run: RunView, family: Family, *, folder: str = "") -> Page:
    """The page of `worthline explain EFFECT_ID`."""
    blocks: list[Block] = [
        Text((str(family.row["sentence"]),), title=family.title),
        course(family),
        *evidence(family),
        Next((command("sql", f"select * from effects where effect_id = '{family.row['effect_id']}'", folder=folder),)),
    ]
    return Page(header(run), tuple(blocks))


def course(family: Family) -> Grid:
    """The effect by horizon, the unadjusted difference beside."""
    columns = (
        Column("After"),
        Column("Effect", number=True),
        Column("95% CI", number=True),
        Column("Unadjusted difference", number=True),
        Column("By regression", number=True),
        Column("Evidence"),
    )
    cells = tuple((p.horizon, p.effect, p.interval, p.raw, p.regression, p.evidence) for p in family.points)
    return Grid(columns, cells, title="Effect by horizon")


def evidence(family: Family) -> list[Block]:
    """The design in words, what was controlled for, and every check at every horizon."""
    row = family.row
    pairs = [
        ("Estimand", str(row["estimand"])),
        ("Population", str(row["population"])),
        ("Method", str(row["method"])),
        ("Sample", _compared(row)),
    ]
    if row["grade"]:
        pairs.append(("Evidence", evidence_words(row["grade"], row["low"], row["high"])))
    if row["bound_low"] is not None:
        tell = telling(row["outcome"], family.currency, row["grain"])
        sensitivity = "Sensitivity: a hidden factor as strong as the strongest recorded would give"
        pairs.append((sensitivity, _range(row, "bound_low", "bound_high", tell)))
    if row["p_adjusted"] is not None:
        pairs.append(("p-value, corrected for multiple tests", f"{row['p_adjusted']:.3g}"))
    if row["money"] is not None:
        low, high = (formatting.money_prose(row[end], family.currency) for end in ("money_low", "money_high"))
        money = formatting.money_prose(row["money"], family.currency)
        pairs.append(("Money of the last 12 months", f"{money} (95% CI {low} to {high})"))
        pairs.append(("In the value chain", ADDED))
    alike = ", ".join(row["adjusted_for"] or ())
    blocks: list[Block] = [Facts(tuple(pairs), title="How it is estimated")]
    blocks.append(Text((f"{formatting.capitalised(alike)}.",) if alike else (), title="Controlled for"))
    blocks.append(_checks(family))
    blocks += proving.blocks(family.proof, family.currency)
    return blocks + ([_within(family)] if family.slices else [])


def _within(family: Family) -> Grid:
    """The effect within each slice, for how many it was told."""
    tell = telling(family.row["outcome"], family.currency, family.row["grain"])
    columns = (
        Column("Segment"),
        Column("After"),
        Column("Effect", number=True),
        Column("95% CI", number=True),
        Column("Unadjusted difference", number=True),
        Column("Exposed customer-months", number=True),
        Column("Customer-months", number=True),
    )
    rows = []
    for row in family.slices:
        text = formatting.NOT_KNOWN if row["estimate"] is None else tell(row["estimate"])
        likely = "" if row["estimate"] is None else _range(row, "low", "high", tell)
        counts = (formatting.count(row["exposed"]), formatting.count(row["n"]))
        after = formatting.how_many(row["horizon_months"], "month")
        rows.append((row["segment"], after, text, likely, _or_blank(row["raw"], tell), *counts))
    return Grid(columns, tuple(rows), title="By segment")


def _compared(row: dict[str, Any]) -> str:
    """How many rows of which kind stand behind it."""
    if row["grain"] == "location":
        return f"{formatting.how_many(row['n'], 'measurement')} of places"
    if row["exposed"] == row["n"]:
        return formatting.how_many(row["n"], "answer")
    if not row["horizon_months"]:
        return f"{formatting.count(row['n'])} orders or cases, {formatting.count(row['exposed'])} exposed"
    exposed = f"{formatting.count(row['n'])} customer-months, {formatting.count(row['exposed'])} exposed"
    return f"{exposed} (controls are sampled where there are many)"


def _checks(family: Family) -> Grid:
    check_names = dict.fromkeys(check["name"] for row in family.rows for check in row["checks"])
    columns = (
        Column("Check"),
        *(Column(formatting.how_many(row["horizon_months"], "month")) for row in family.rows),
        Column(f"Result at {formatting.how_many(family.row['horizon_months'], 'month')}"),
    )
    rows = []
    for name in check_names:
        checks = [{check["name"]: check for check in row["checks"]}.get(name) for row in family.rows]
        says = checks[family.asked]
        verdicts = [VERDICTS.get(check["outcome"], check["outcome"]) if check else "" for check in checks]
        rows.append((f"{formatting.capitalised(name)}", *verdicts, says["says"] if says else ""))
    return Grid(columns, tuple(rows), title="Checks")


def _point(row: dict[str, Any], currency: str) -> Point:
    tell = telling(row["outcome"], currency, row["grain"])
    horizon = formatting.how_many(row["horizon_months"], "month") if row["horizon_months"] else "same order or case"
    if row["estimate"] is None:
        return Point(
            horizon, formatting.NOT_KNOWN, "", _or_blank(row["raw"], tell), "", "", None, 0.0, 0.0, None, False, False
        )
    return Point(
        horizon=horizon,
        effect=tell(row["estimate"]),
        interval=_range(row, "low", "high", tell),
        raw=_or_blank(row["raw"], tell),
        regression=_or_blank(row["regression"], tell),
        evidence=known_by(row),
        estimate=row["estimate"],
        low=row["low"],
        high=row["high"],
        naive=row["raw"],
        better=better(row["outcome"], row["estimate"]),
        shown=shown(row),
    )


def _or_blank(number: float | None, tell: formatting.Formatter) -> str:
    return "" if number is None else tell(number)


def _range(row: dict[str, Any], low: str, high: str, tell: formatting.Formatter) -> str:
    """Both ends, the unit named once."""
    return f"{tell(row[low]).removesuffix(' points')} to {tell(row[high])}"
