"""How well it was known who would leave: what was predicted against what happened, tenth by tenth, and since last time.

Reads     the table backtests: models risk and risk_since_last_run, and the scores of vendors beside them.
Gives     Tested: one horizon's back-test, drawn by the app; its Page for the terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worthline.metrics import formatting
from worthline.reports.customers import BACKTESTS, in_unit
from worthline.reports.one_effect import Point
from worthline.reports.page import Block, Column, Grid, Page, Text, header
from worthline.run.view import RunView

MODELS = {"risk": "held-out customers and months", "risk_since_last_run": "since an earlier run"}
SHOWN = "This model passed its backtest; its scores are in use."
VENDOR = "vendor: "
"""What the model of a vendor's score begins with; its column follows."""
WORTHLINE = "_worthline"
"""What a measure of our model on the customers whom the vendor scored ends with."""
VENDOR_PASSED = "This score passed the same test as the churn model, on the same customers."
VENDOR_NOT_PASSED = "This score did not pass, or has no date and may know who left. Data health gives the reason."
NOT_SHOWN = "This model did not pass its backtest; its scores are not in use. Data health gives the reason."


@dataclass(frozen=True, slots=True)
class Tested:
    """One model at one horizon."""

    title: str
    says: str
    measures: tuple[tuple[str, str, str], ...]
    tenths: tuple[Point, ...]
    """Of each tenth: the share that left with its range, and as the thin mark what was predicted."""

    @property
    def reach(self) -> tuple[float, float]:
        """From nobody to the highest that is drawn."""
        return 0.0, max((max(point.high, point.naive or 0.0) for point in self.tenths), default=1.0)


def answer(run: RunView) -> str:
    """Whether the churn scores passed their tests, and how well they tell leavers from stayers."""
    tests = tested(run)
    if not tests:
        return "No churn score was tested in this run."
    rows = run.sql("select horizon, value, shown from backtests where model = 'risk' and measure = 'auc' order by 1")
    models = rows.to_pylist()
    passed = [f"{row['horizon']}" for row in models if row["shown"]]
    if not passed:
        return "The churn scores did not pass their backtest and are not in use."
    auc = " and ".join(formatting.decimal(row["value"], 2) for row in models if row["shown"])
    return f"The churn scores passed their backtest {' and '.join(passed)} months ahead (AUC {auc}) and are in use."


def tested(run: RunView) -> list[Tested]:
    """Every back-test of a risk, what is tested on the past first."""
    if "backtests" not in run.tables():
        return []
    rows = run.sql(
        f"select * from backtests where model in ('risk', 'risk_since_last_run') or starts_with(model, '{VENDOR}') "
        "order by starts_with(model, 'vendor'), model, horizon, measure"
    ).to_pylist()
    tests = []
    for model, horizon in dict.fromkeys((row["model"], row["horizon"]) for row in rows):
        own = {row["measure"]: row for row in rows if (row["model"], row["horizon"]) == (model, horizon)}
        tests.append((_of_vendor if model.startswith(VENDOR) else _tested)(model, horizon, own))
    return tests


def page(run: RunView) -> Page:
    """The same as blocks."""
    blocks: list[Block] = []
    for test in tested(run):
        columns = (Column("Backtest"), Column("Value", number=True), Column("95% CI", number=True))
        blocks += [Text((test.says,), title=test.title), Grid(columns, test.measures)]
        if not test.tenths:
            continue
        tenths = (Column("Decile"), Column("Predicted", number=True), Column("Left", number=True))
        cells = tuple((p.horizon, p.raw, p.effect, p.interval) for p in test.tenths)
        blocks.append(Grid((*tenths, Column("95% CI", number=True)), cells, title="Predicted and actual"))
    return Page(header(run), tuple(blocks or [Text(("No churn model was backtested in this run.",))]))


def _tested(model: str, horizon: int, own: dict[str, dict[str, Any]]) -> Tested:
    is_shown = all(row["shown"] for row in own.values())
    within = formatting.how_many(horizon, "month")
    return Tested(
        title=f"Churn within {within}: {MODELS[model]}",
        says=SHOWN if is_shown else NOT_SHOWN,
        measures=tuple(_measure(BACKTESTS[name], own[name]) for name in BACKTESTS if name in own),
        tenths=tuple(
            _tenth(number, own[f"calibration_predicted_{number:02d}"], own[f"calibration_happened_{number:02d}"])
            for number in range(1, 11)
            if f"calibration_predicted_{number:02d}" in own
        ),
    )


def _of_vendor(model: str, horizon: int, own: dict[str, dict[str, Any]]) -> Tested:
    """A vendor's score, each measure beside ours of the same customers."""
    measures = []
    for name, (label, unit) in BACKTESTS.items():
        for key, whose in ((name, "this score"), (name + WORTHLINE, "Worthline's churn model")):
            if key in own:
                measures.append(_measure((f"{label}, {whose}", unit), own[key]))
    return Tested(
        title=f"Vendor's score {model.removeprefix(VENDOR)}: churn within {formatting.how_many(horizon, 'month')}",
        says=VENDOR_PASSED if all(row["shown"] for row in own.values()) else VENDOR_NOT_PASSED,
        measures=tuple(measures),
        tenths=(),
    )


def _measure(words: tuple[str, str], row: dict[str, Any]) -> tuple[str, str, str]:
    label, unit = words

    ends = f"{in_unit(row['low'], unit)} to {in_unit(row['high'], unit)}" if row["low"] is not None else ""
    return label, in_unit(row["value"], unit), ends


def _tenth(number: int, predicted: dict[str, Any], happened: dict[str, Any]) -> Point:
    inside = happened["low"] <= predicted["value"] <= happened["high"]
    return Point(
        horizon=f"{number}" + (" (least at risk)" if number == 1 else " (most at risk)" if number == 10 else ""),
        effect=formatting.share(happened["value"]),
        interval=f"{formatting.share(happened['low'])} to {formatting.share(happened['high'])}",
        raw=formatting.share(predicted["value"]),
        regression="",
        evidence="within range" if inside else "outside range",
        estimate=happened["value"],
        low=happened["low"],
        high=happened["high"],
        naive=predicted["value"],
        better=True,
        shown=inside,
    )
