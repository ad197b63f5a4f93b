"""Bridges as steps: where money stood, what each line added or took, where it stands.

Reads     the table bridges; the notes of the figure that bears a bridge's kind as its name.
Gives     Waterfall, the newest and longest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from worthline.metrics import formatting
from worthline.metrics.bridge_lines import SUBTRACTED
from worthline.reports import bridges
from worthline.reports.tables import ORDER
from worthline.run.view import RunView

MOST = 400
"""Rows of bridges that a page reads."""
OPENING = "opening"


TOTAL = "Amounts are signed: opening plus every line equals closing."


@dataclass(frozen=True, slots=True)
class Step:
    """One line: from one height to another."""

    label: str
    amount: str
    start: float
    end: float
    kind: str
    """stands, gain or loss."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One bridge."""

    kind: str
    period: str
    title: str
    total: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    """What lies within a line."""

    @property
    def reach(self) -> tuple[float, float]:
        """The lowest and the highest that it comes to."""
        ends = [height for step in self.steps for height in (step.start, step.end)]
        return min(0.0, *ends), max(0.0, *ends)


def waterfalls(run: RunView) -> list[Waterfall]:
    """Every bridge that is complete, as far as a page goes."""
    if "bridges" not in run.tables():
        return []
    rows = run.sql(f"select * from bridges order by {ORDER['bridges']} limit {MOST}")
    currency = str(run.about["currency"])
    notes = {figure.name: tuple(figure.details.get("bridge_notes", ())) for figure in run.figures}
    out = []
    for (kind, period), lines in groupby(bridges.whole(rows).to_pylist(), key=lambda row: (row["kind"], row["period"])):
        each = [(str(row["line"]), float(row["amount"])) for row in lines]
        long = str(period).startswith("12m:")
        when = formatting.month(str(period).removeprefix("12m:")) if len(str(period)) in (7, 11) else str(period)
        title = f"{str(kind).replace('_', ' ').capitalize()}, {'twelve months to ' if long else ''}{when}"
        notes_of_kind = notes.pop(str(kind), ()) if long else ()  # the newest of twelve months comes first
        out.append(Waterfall(str(kind), str(period), title, TOTAL, _steps(each, currency), notes_of_kind))
    return out


def periods(waterfalls: list[Waterfall]) -> tuple[tuple[str, str], ...]:
    """Each period that has a bridge, and what it is called; the newest and longest first."""
    return tuple(
        {bridge.period: formatting.capitalised(bridge.title.partition(", ")[2]) for bridge in waterfalls}.items()
    )


def answer(waterfalls: list[Waterfall], currency: str) -> str:
    """What the first revenue bridge comes to, else the first of all: from where to where, what added and what took."""
    bridge = next((each for each in waterfalls if each.kind == "revenue"), waterfalls[0] if waterfalls else None)
    if bridge is None:
        return "No bridge is complete in this run."
    opening, closing = bridge.steps[0].end, bridge.steps[-1].end
    gained = sum(step.end - step.start for step in bridge.steps if step.kind == "gain")
    lost = sum(step.start - step.end for step in bridge.steps if step.kind == "loss")
    what, when = bridge.title.split(", ", 1)
    rose = "rose" if closing > opening else "fell" if closing < opening else "stayed"
    ends = f"{formatting.money_short(opening, currency)} to {formatting.money_short(closing, currency)}"
    parts = f"gains {formatting.money_short(gained, currency)}, losses {formatting.money_short(lost, currency)}"
    return (
        f"{what} {rose} from {ends} in the {when}: {parts}."
        if "twelve" in when
        else f"{what} {rose} from {ends} in {when}: {parts}."
    )


def _steps(lines: list[tuple[str, float]], currency: str) -> tuple[Step, ...]:
    level, out = 0.0, []
    for line, amount in lines:
        if line in (OPENING, bridges.CLOSING):
            start, level, kind = 0.0, amount, "stands"
        else:
            moved = -amount if line in SUBTRACTED else amount
            start, level, kind = level, level + moved, "gain" if moved >= 0 else "loss"
        sign = {"gain": "+", "loss": "-", "stands": ""}[kind] if amount else ""
        text = formatting.money_short(abs(amount) if sign else amount, currency)
        out.append(Step(bridges.label(line).capitalize(), f"{sign}{text}", start, level, kind))
    return tuple(out)
