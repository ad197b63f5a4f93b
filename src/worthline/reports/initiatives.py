"""The pages of initiatives: what each cost and returned, and one initiative with its effects, checks and looks.

Reads     the tables initiative_results, experiment_looks, initiative_returns, claim_audit; the figures verdict and
          proven_return.
Gives     Page (and the same as JSON); raises NoSuchName.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import quote

from worthline.errors import NoSuchName
from worthline.metrics import formatting
from worthline.reports import proving, register
from worthline.reports.page import Block, Column, Facts, Grid, Next, Page, Text, command, header
from worthline.results import evidence_words
from worthline.run.view import RunView

RESULTS = "initiative_results"
NOTHING = (
    "No initiative was measured. Bring treatments (who was assigned to what, with a control group) or rollouts (which "
    "store or region got it when)."
)
OUTCOMES = {"passed": "passed", "failed": "failed", "informs": "for information"}


def page(run: RunView, *, folder: str = "") -> Page:
    """All initiatives: benefit, cost and net to date, with their evidence."""
    verdict = next((f for f in run.figures if f.name == "verdict"), None)
    proven = next((f for f in run.figures if f.name == "proven_return"), None)
    lead = tuple(f.sentence for f in (verdict, proven) if f is not None)
    rows = _rows(run)
    if not rows:
        return Page(header(run), (Text((NOTHING,)),))
    blocks: list[Block] = [Text(lead)] if lead else []
    blocks.append(_listed(run, rows))
    blocks += _notes(run, rows)
    blocks += _quarters(run)
    blocks += _claims(run)
    first = names(run)[0]
    blocks.append(Next((command("measure", first, folder=folder),)))
    return Page(header(run), tuple(blocks))


def names(run: RunView) -> list[str]:
    """Initiatives of the run, in order."""
    if RESULTS not in run.tables():
        return []
    rows = run.sql(f"select distinct initiative from {RESULTS} order by initiative").to_pylist()
    return [row["initiative"] for row in rows]


def initiative_page(run: RunView, name: str, *, folder: str = "") -> Page:
    """One initiative: what it did to each outcome, by arm and horizon, and what speaks for and against it.

    Raises NoSuchName.
    """
    initiatives = names(run)
    if name not in initiatives:
        raise NoSuchName("initiative", name, initiatives)
    rows = [row for row in _rows(run) if row["initiative"] == name]
    whole = [row for row in rows if row["segment"] == "all"]
    blocks: list[Block] = [Text(tuple(_answers(whole)), title=f"{whole[0]['name']}: what it did")]
    for arm in dict.fromkeys(row["arm"] for row in whole):
        own = [row for row in whole if row["arm"] == arm]
        blocks.append(Facts(_facts(own, run.about["currency"]), title=f"Arm: {arm}"))
        blocks.append(_effects(own, run.about["currency"], "Effect per customer by outcome and horizon"))
        blocks.append(_checks(own[-1], names_of_initiatives(run)))
    segments = [row for row in rows if row["segment"] != "all"]
    if segments:
        blocks.append(_effects(segments, run.about["currency"], "By segment", by_segment=True))
    blocks += _looks(run, name)
    blocks += proving.blocks(proving.plan(run, "initiative", name), run.about["currency"])
    blocks += register.of_initiative(run, name)
    blocks.append(Text((f"What is estimated: {_answering(whole)[0]['estimand']}.",), dim=True))
    following = command("sql", f"select * from {RESULTS} where initiative = '{name}'", folder=folder)
    blocks.append(Next((command("measure", folder=folder), following)))
    return Page(header(run), tuple(blocks))


def label(run: RunView, name: str) -> str:
    """What people call an initiative; raises NoSuchName."""
    display_name = next((row["name"] for row in _rows(run) if row["initiative"] == name), None)
    if display_name is None:
        raise NoSuchName("initiative", name, names(run))
    return str(display_name)


def as_json(run: RunView, name: str | None = None) -> list[dict[str, Any]]:
    """Rows of initiative_results as plain JSON types; raises NoSuchName."""
    if name is not None and name not in names(run):
        raise NoSuchName("initiative", name, names(run))
    return [
        {key: float(value) if hasattr(value, "as_tuple") else value for key, value in row.items()}
        for row in _rows(run)
        if name in (None, row["initiative"])
    ]


def _rows(run: RunView) -> list[dict[str, Any]]:
    if RESULTS not in run.tables():
        return []
    rows: list[dict[str, Any]] = run.table(RESULTS).to_pylist()
    return rows


def _listed(run: RunView, rows: list[dict[str, Any]]) -> Grid:
    currency = run.about["currency"]
    columns = (
        Column("Initiative"),
        Column("Evidence"),
        Column("Customers", number=True),
        Column("Benefit to date", number=True),
        Column("95% CI", number=True),
        Column("Cost", number=True),
        Column("Net", number=True),
    )
    cells = []
    keys = list(dict.fromkeys((row["initiative"], row["arm"]) for row in rows))
    arms = Counter(initiative for initiative, _ in keys)
    spent = _spent(run)
    for key in keys:
        own = [row for row in rows if (row["initiative"], row["arm"]) == key and row["segment"] == "all"]
        money = [row for row in own if row["benefit"] is not None]
        row = next((r for r in money if r["outcome"] == "margin_to_date"), money[-1] if money else own[-1])
        cost = row["cost"] if row["cost"] is not None or arms[key[0]] > 1 else spent.get(key[0])
        cells.append(
            (
                row["name"] if arms[key[0]] == 1 else f"{row['name']} ({key[1]})",
                _evidence(row, "benefit_low", "benefit_high"),
                formatting.count(row["treated"]),
                _money(row["benefit"], currency),
                _ends(row["benefit_low"], row["benefit_high"], lambda v: _money(v, currency)),
                _money(cost, currency),
                _money(row["net"], currency),
            )
        )
    paths = tuple(f"/initiatives/{quote(name, safe='')}" for name, _ in keys)
    return Grid(columns, tuple(cells), "What each initiative returned", paths=paths)


def names_of_initiatives(run: RunView) -> dict[str, str]:
    """Initiative as the files call it -> its name."""
    if "source.initiatives" not in run.about.get("rows", {}):
        return {}
    if not {"initiative", "name"} <= set(run.sql("select * from source.initiatives limit 0").column_names):
        return {}
    rows = run.sql("select initiative, name from source.initiatives where name is not null").to_pylist()
    return {row["initiative"]: row["name"] for row in rows}


def _spent(run: RunView) -> dict[str, Any]:
    """Initiative -> what it cost so far, also where nothing is known of what it returned."""
    if "initiative_costs" not in run.tables():
        return {}
    return {row["initiative"]: row["cost"] for row in run.table("initiative_costs").to_pylist()}


def _notes(run: RunView, rows: list[dict[str, Any]]) -> list[Block]:
    spikes = sorted({row["name"] for row in rows if row["short_term_spike"]})
    sided = sorted({row["name"] for row in rows if row["one_sided"]})
    lines = [f"{name}: short-term spike. The early gain is gone at the longest horizon." for name in spikes]
    lines += [f"{name}: one-sided. The company gains, and no customer outcome improves." for name in sided]
    prefixes = (*tuple(f"{name}:" for name in names(run)), "Roll-out ")
    lines += [note for note in run.health().notes if note.startswith(prefixes)]
    return [Text(tuple(lines), mark="!")] if lines else []


def _quarters(run: RunView) -> list[Block]:
    if "initiative_returns" not in run.tables():
        return []
    currency = run.about["currency"]
    columns = (
        Column("Initiative"),
        Column("Arm"),
        Column("Fiscal period"),
        Column("Kind"),
        Column("Benefit", number=True),
        Column("95% CI", number=True),
        Column("Evidence"),
    )
    called = {row["initiative"]: row["name"] for row in _rows(run)}
    rows = [
        (
            called.get(row["initiative"], row["initiative"]),
            row["arm"],
            "Run-rate (a year)" if row["period"] == "run-rate" else row["period"].replace("in-year", "so far"),
            row["kind"].capitalize(),
            _money(row["amount"], currency) if row.get("hours") is None else _hours(row["hours"]),
            _ends(row["low"], row["high"], lambda v: _money(v, currency))
            if row.get("hours") is None
            else _ends(row["hours_low"], row["hours_high"], _hours),
            _evidence(row, "low", "high"),
        )
        for row in run.table("initiative_returns").to_pylist()
    ]
    return [Grid(columns, tuple(rows), "Benefit by fiscal quarter: margin, cash and staff time apart")] if rows else []


def _evidence(row: dict[str, Any], low: str, high: str) -> str:
    return evidence_words(row["grade"], row[low], row[high])


def _hours(value: float) -> str:
    return formatting.how_many(round(value), "hour")


def _claims(run: RunView) -> list[Block]:
    if "claim_audit" not in run.tables():
        return []
    columns = (Column("Claim"), Column("Borne out"), Column("Faults"))
    rows = [
        (row["sentence"], row["borne_out"], " ".join(row["faults"])) for row in run.table("claim_audit").to_pylist()
    ]
    return [Grid(columns, tuple(rows), "Claims rechecked")]


def _answers(rows: list[dict[str, Any]]) -> list[str]:
    """What the rows that answer say."""
    return [row["sentence"] for row in _answering(rows)]


def _answering(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the benefit to date, and of the longest horizon of retention; else the last."""
    money = [row for row in rows if row["outcome"] == "margin_to_date"]
    retention = [row for row in rows if row["outcome"] == "retention"]
    return [*money, *retention[-1:]] or rows[-1:]


def _facts(rows: list[dict[str, Any]], currency: str) -> tuple[tuple[str, str], ...]:
    row = next((r for r in rows if r["outcome"] == "margin_to_date"), rows[-1])
    pairs = (
        ("Design", row["design"]),
        ("Evidence", _evidence(row, "benefit_low", "benefit_high")),
        (
            "Customers measured",
            f"{formatting.count(row['treated'])} treated"
            + (f", {formatting.count(row['control'])} compared with them" if row["control"] else ""),
        ),
        ("Benefit to date", _money(row["benefit"], currency)),
        ("Cost to date", _money(row["cost"], currency)),
        ("Net to date", _money(row["net"], currency)),
    )
    return tuple(pair for pair in pairs if pair[1])


def _effects(rows: list[dict[str, Any]], currency: str, title: str, *, by_segment: bool = False) -> Grid:
    columns = (
        Column("Outcome"),
        *((Column("Segment"),) if by_segment else ()),
        Column("Months", number=True),
        Column("Effect", number=True),
        Column("95% CI", number=True),
        Column("Unadjusted", number=True),
        Column("Shown"),
    )
    cells = []
    estimated = {row["outcome"] for row in rows if row["estimate"] is not None}
    for row in (row for row in rows if row["outcome"] in estimated):
        tell = _formatter(row["outcome"], currency)
        running = row["low"] is None and row["running_low"] is not None
        low, high = (row["running_low"], row["running_high"]) if running else (row["low"], row["high"])
        cells.append(
            (
                _title(row["outcome"]),
                *((row["segment"],) if by_segment else ()),
                str(row["horizon_months"]),
                "" if row["estimate"] is None else tell(row["estimate"]),
                _ends(low, high, tell) + (" (running)" if running else ""),
                "" if row["raw"] is None else tell(row["raw"]),
                _shown(row, low, high),
            )
        )
    return Grid(columns, tuple(cells), title)


def _shown(row: dict[str, Any], low: float | None, high: float | None) -> str:
    if row["estimate"] is None or low is None or high is None:
        return "not known"
    if low <= 0 <= high:
        return "range includes zero"
    if row["p_adjusted"] is not None and row["p_adjusted"] > 0.05:
        return "not significant after multiple-test correction"
    return "yes"


def _checks(row: dict[str, Any], names: dict[str, str]) -> Grid:
    """The checks of an arm; other initiatives stand under their names."""
    columns = (Column("Check"), Column("Result"), Column("Finding"))
    coded = re.compile("|".join(rf"\b{re.escape(code)}\b" for code in names)) if names else None
    rows = tuple(
        (
            check["name"].capitalize(),
            OUTCOMES[check["outcome"]],
            coded.sub(lambda code: names[code[0]], check["says"]) if coded else check["says"],
        )
        for check in row["checks"]
    )
    return Grid(columns, rows, "Checks")


def _looks(run: RunView, name: str) -> list[Block]:
    if "experiment_looks" not in run.tables():
        return []
    currency = run.about["currency"]
    looks = [row for row in run.table("experiment_looks").to_pylist() if row["initiative"] == name]
    if not looks:
        return []
    columns = (
        Column("Close of"),
        Column("Arm"),
        Column("Outcome"),
        Column("Customers", number=True),
        Column("Effect", number=True),
        Column("Running 95% range", number=True),
        Column("Harm shown"),
    )
    rows = []
    for row in (row for row in looks if row["estimate"] is not None):
        tell = _formatter(row["outcome"], currency)
        rows.append(
            (
                formatting.month(row["as_of"].isoformat()[:7]),
                row["arm"],
                _title(row["outcome"]),
                formatting.count(row["n"]),
                tell(row["estimate"]),
                _ends(row["running_low"], row["running_high"], tell),
                "yes" if row["harm"] else "no",
            )
        )
    return [Grid(columns, tuple(rows), "Looks while it ran (3-month windows)")]


TITLES = {
    "next_score": "Latest score",
    "margin": "Gross margin",
    "margin_to_date": "Gross margin to date",
    "upsell": "Monthly fees",
}
"""Outcomes that are called otherwise on pages than in the table."""


def _title(outcome: str) -> str:
    return TITLES.get(outcome, outcome.replace("_", " ").capitalize())


def _formatter(outcome: str, currency: str) -> formatting.Formatter:
    if outcome == "retention":
        return lambda value: f"{formatting.decimal(100 * value)} points"
    if outcome in ("margin", "margin_to_date", "price_paid", "upsell", "balance"):
        return lambda value: formatting.money(round(value, 2), currency)
    return lambda value: formatting.decimal(value, 2)


def _money(value: Any, currency: str) -> str:
    return "" if value is None else formatting.money_short(value, currency)


def _ends(low: Any, high: Any, tell: Any) -> str:
    return "" if low is None or high is None else f"{tell(low)} to {tell(high)}"
