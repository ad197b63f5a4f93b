"""The page of the benefits register: what was approved beside what was measured, by initiative, department and owner.

Reads     tables benefits_register and benefits_by_group; lines that were written since the run, handed in.
Gives     Page (and the same as JSON); `of_initiative`: the blocks on one initiative's page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from worthline.metrics import formatting
from worthline.reports.page import Block, Column, Facts, Grid, Next, Page, Text, command, header
from worthline.results import evidence_words
from worthline.run.view import RunView

TABLE, GROUPS = "benefits_register", "benefits_by_group"
NOTHING = (
    "Nothing is approved yet. Approve an initiative with its benefit, cost and date of proof. On that date the proof "
    "is posted beside it."
)


@dataclass(frozen=True, slots=True)
class Line:
    """An approval as it stands in the store."""

    initiative: str
    proof_on: date
    approved_on: date
    benefit: Decimal
    cost: Decimal
    by: str
    finance: str | None
    is_signed_in: bool
    cites: tuple[str, float | None] | None


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the store now, and what is wrong with it."""

    lines: tuple[Line, ...] = ()
    quarters: tuple[str, ...] = ()
    problem: str = ""


def page(run: RunView, written: Written = Written(), *, folder: str = "") -> Page:
    """The whole register."""
    rows, currency = register_rows(run), str(run.about["currency"])
    blocks: list[Block] = []
    figure = next((f for f in run.figures if f.name == "approved_return"), None)
    if figure is not None:
        blocks.append(Text((figure.sentence,)))
    if written.problem:
        blocks.append(Text((written.problem,), mark="!"))
    if not rows and not written.lines:
        blocks.append(Text((NOTHING,)))
    if rows:
        blocks.append(_entries(rows, currency))
        blocks.append(Text(tuple(row["sentence"] for row in rows), title="In words", mark="-"))
        blocks += _by_group(run, currency)
        blocks.append(_by_owner(rows, currency))
    blocks += _joint(run, currency)
    blocks += pending(rows, written, currency)
    blocks += _signatures(written, _called(run))
    if written.quarters:
        blocks.append(Text((f"Closed quarters: {', '.join(sorted(written.quarters))}.",)))
    blocks.append(Next((command("show", TABLE, folder=folder) if not folder else f"worthline show {folder} {TABLE}",)))
    return Page(header(run), tuple(blocks))


def register_rows(run: RunView) -> list[dict[str, Any]]:
    """Rows of benefits_register; none where nothing was approved."""
    return list(run.table(TABLE).to_pylist()) if TABLE in run.tables() else []


def as_json(run: RunView, written: Written) -> dict[str, Any]:
    """The register as plain JSON types, with the lines of the joint effect and those that were written since."""
    rows = [{name: _plain(value) for name, value in row.items()} for row in register_rows(run)]
    in_run = {(row["initiative"], row["proof_on"]) for row in rows}
    since = [
        {"initiative": line.initiative, "proof_on": line.proof_on.isoformat(), "approved": float(line.benefit)}
        | {"approved_cost": float(line.cost), "approved_by": line.by, "finance": line.finance}
        | {"signed_in": line.is_signed_in}
        for line in written.lines
        if (line.initiative, line.proof_on.isoformat()) not in in_run
    ]
    together = run.table("joint_effects").to_pylist() if "joint_effects" in run.tables() else []
    joint = [{name: _plain(value) for name, value in row.items()} for row in together]
    since_run = {"since": since, "closed_quarters": sorted(written.quarters), "problem": written.problem}
    return {"entries": rows, "joint": joint, **since_run}


def pending(rows: list[dict[str, Any]], written: Written, currency: str) -> list[Block]:
    """Approvals that the run does not know yet."""
    in_run = {(row["initiative"], row["proof_on"]) for row in rows}
    fresh = [line for line in written.lines if (line.initiative, line.proof_on) not in in_run]
    if not fresh:
        return []
    columns = (
        Column("Initiative", leads="/initiatives/"),
        Column("Approved", number=True),
        Column("Cost", number=True),
        Column("Proof on"),
    )
    rows_shown = tuple(
        (line.initiative, _money(line.benefit, currency), _money(line.cost, currency), formatting.day(line.proof_on))
        for line in fresh
    )
    return [Grid(columns, rows_shown, "Approved since this run (the next run takes them in)")]


def of_initiative(run: RunView, name: str) -> list[Block]:
    """Approval and proof of one initiative, for its page."""
    rows = [row for row in register_rows(run) if row["initiative"] == name]
    if not rows:
        return []
    currency = str(run.about["currency"])
    blocks: list[Block] = [Text(tuple(row["sentence"] for row in rows), title="Approval and proof")]
    for row in rows:
        pairs = (
            ("Approved", _money(row["approved"], currency)),
            ("Measured", _money(row["proven"], currency) or row["state"]),
            ("95% CI", _ends(row["low"], row["high"], currency)),
            ("Variance", _money(row["variance"], currency)),
            ("Date of proof", formatting.day(row["proof_on"])),
            ("Evidence", _evidence(row)),
            ("Measured by", row["estimand"] or "gross margin as assigned"),
            ("Population", row["population"] or ""),
            ("Based on", _cites(row)),
        )
        blocks.append(Facts(tuple(pair for pair in pairs if pair[1])))
    return blocks


def _entries(rows: list[dict[str, Any]], currency: str) -> Grid:
    columns = (
        Column("Initiative"),
        Column("Owner"),
        Column("Approved", number=True),
        Column("Measured", number=True),
        Column("95% CI", number=True),
        Column("Evidence"),
        Column("Variance", number=True),
        Column("Proof on"),
        Column("State"),
        Column("Restated", number=True),
    )
    cells = tuple(
        (
            row["name"],
            row["owner"] or "",
            _money(row["approved"], currency),
            _money(row["proven"], currency),
            _ends(row["low"], row["high"], currency),
            _evidence(row),
            _money(row["variance"], currency),
            formatting.day(row["proof_on"]),
            row["state"] + (", quarter closed" if row["is_closed"] else ""),
            _money(row["restated"], currency),
        )
        for row in rows
    )
    paths = tuple(f"/initiatives/{quote(row['initiative'], safe='')}" for row in rows)
    return Grid(columns, cells, "Approved beside measured", paths=paths).filled()


def _by_group(run: RunView, currency: str) -> list[Block]:
    if GROUPS not in run.tables():
        return []
    rows = run.table(GROUPS).to_pylist()
    return [_summed(rows, "group", "Department", "By department", currency)] if rows else []


def _by_owner(rows: list[dict[str, Any]], currency: str) -> Grid:
    return _summed(
        [{**row, "owner": row["owner"] or "not named"} for row in rows], "owner", "Owner", "By owner", currency
    )


def _summed(rows: list[dict[str, Any]], key: str, heading: str, title: str, currency: str) -> Grid:
    """Sums of what stands in the rows, to the cent; proven and variance of what is proven alone."""
    columns = (
        Column(heading),
        Column("Entries", number=True),
        Column("Approved", number=True),
        Column("Approved, entries measured", number=True),
        Column("Measured", number=True),
        Column("Variance", number=True),
    )
    cells = []
    for name in sorted({row[key] for row in rows}):
        own = [row for row in rows if row[key] == name]
        measured = [row for row in own if row["proven"] is not None]
        sums = [
            sum((row["approved"] for row in own), Decimal(0)),
            sum((row["approved"] for row in measured), Decimal(0)),
            sum((row["proven"] for row in measured), Decimal(0)),
            sum((row["variance"] for row in measured), Decimal(0)),
        ]
        money_cells = [formatting.money(value, currency) for value in sums]
        cells.append(
            (name, formatting.count(len(own)), money_cells[0], *(money_cells[1:] if measured else ("", "", "")))
        )
    return Grid(columns, tuple(cells), title)


def _evidence(row: dict[str, Any]) -> str:
    return evidence_words(row["grade"], row["low"], row["high"])


def _joint(run: RunView, currency: str) -> list[Block]:
    """What initiatives did together, and what of it each can claim."""
    if "joint_effects" not in run.tables():
        return []
    rows = run.table("joint_effects").to_pylist()
    called = _called(run)
    columns = (
        Column("Line"),
        Column("Initiative"),
        Column("Amount", number=True),
        Column("95% CI", number=True),
        Column("Against its own control group", number=True),
        Column("Evidence"),
    )
    cells = tuple(
        (
            row["line"].capitalize(),
            called.get(row["initiative"], row["initiative"] or ""),
            _money(row["amount"], currency),
            _ends(row["low"], row["high"], currency),
            _money(row["alone"], currency),
            _evidence(row),
        )
        for row in rows
    )
    total = tuple(row["sentence"] for row in rows if row["line"] == "joint total")
    lines = tuple(_by_name(row, called) for row in rows if row["line"] != "joint total")
    return [
        Text(total, title="Joint effect"),
        Grid(columns, cells, label="Joint effect"),
        Text(lines, title="What each line means", mark="-"),
    ]


def _called(run: RunView) -> dict[str, str]:
    """Initiative -> what people call it."""
    if "initiative_costs" not in run.tables():
        return {}
    return {row["initiative"]: row["name"] for row in run.table("initiative_costs").to_pylist()}


def _by_name(row: dict[str, Any], called: dict[str, str]) -> str:
    """The sentence of a line of the joint effect, which begins with its initiative, with what people call that."""
    code = str(row["initiative"] or "")
    sentence = str(row["sentence"])
    return f"{called.get(code, code)}{sentence.removeprefix(code)}" if code and sentence.startswith(code) else sentence


def _signatures(written: Written, called: dict[str, str]) -> list[Block]:
    if not written.lines:
        return []
    columns = (Column("Initiative"), Column("Approved by"), Column("On"), Column("Finance"), Column("Based on"))
    cells = tuple(
        (
            called.get(line.initiative) or line.initiative,
            line.by + ("" if line.is_signed_in else " (not signed in)"),
            formatting.day(line.approved_on),
            line.finance + " (not signed in)" if line.finance else "not signed",
            line.cites[0].replace("_", " ") if line.cites else "",
        )
        for line in sorted(written.lines, key=lambda entry: (entry.initiative, entry.proof_on))
    )
    return [Grid(columns, cells, "Who approved and signed")]


def _cites(row: dict[str, Any]) -> str:
    if not row["cites_figure"]:
        return ""
    value = "" if row["cites_value"] is None else f", {formatting.decimal(row['cites_value'], 2)}"
    return f"{row['cites_figure'].replace('_', ' ')} of run {str(row['cites_run'])[:6]}{value}"


def _money(value: Any, currency: str) -> str:
    return "" if value is None else formatting.money(value, currency)


def _ends(low: Any, high: Any, currency: str) -> str:
    return "" if low is None or high is None else f"{_money(low, currency)} to {_money(high, currency)}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
