"""A published run made by hand: Larkfield's numbers, as the drawing of `worthline show` has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from worthline.engine.run_folder import RunFolder
from worthline.engine.sql_window import SqlWindow
from worthline.ingest.health import FileHealth, Health, RuleCount, TableHealth
from worthline.metrics.figures import headline
from worthline.results import Figure, Resolved
from worthline.run import small_groups

METRICS = pa.schema(
    [
        *((name, pa.string()) for name in ("metric", "period", "dimension", "member")),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        ("n", pa.int64()),
        ("respondents", pa.int64()),
        ("unit", pa.string()),
        ("target", pa.float64()),
    ]
)
NOW, YEAR, THEN, YEAR_THEN = "2026-09", "12m:2026-09", "2025-09", "12m:2025-09"


def settings(**changed: Any) -> Resolved:
    """Larkfield's settings, with what `changed` says instead."""
    usual: dict[str, Any] = {
        "name": "Larkfield Mobile",
        "currency": "USD",
        "setting": "contractual",
        "outcome": "retention",
        "as_of": date(2026, 9, 30),
        "timezone": "UTC",
        "fiscal_year_start": 1,
        "discount_rate": 0.1,
        "horizon_months": 36,
        "margin": "0.55",
        "lapse_months": None,
        "revenue_from": "subscriptions",
        "score_metric": "nps",
        "simulated": True,
    }
    return Resolved(**{**usual, **changed})


def row(metric: str, period: str, value: float | None, **more: Any) -> dict[str, Any]:
    """One row of the table metrics, of the whole company unless `more` says of which member."""
    return {
        "metric": metric,
        "period": period,
        "dimension": "all",
        "member": "all",
        "value": value,
        "low": None,
        "high": None,
        "n": None,
        "unit": "",
        "target": None,
        **more,
    }


def metrics(rows: list[dict[str, Any]]) -> pa.Table:
    """The table metrics."""
    return pa.Table.from_pylist(rows, schema=METRICS)


LARKFIELD = [
    row("customers_active", NOW, 50_214, n=50_214, target=51_500),
    row("customers_active", THEN, 51_870, n=51_870),
    row("retention", YEAR, 0.8214, n=51_870, target=0.84),
    row("retention", YEAR_THEN, 0.8342, n=52_000),
    row("nps", YEAR, 12.1, low=10.2, high=14.0, n=7_030, target=15),
    row("nps", YEAR_THEN, 13.4, low=11.4, high=15.4, n=7_100),
    row("nps_response_rate", YEAR, 0.1402, n=50_140),
    row("csat", YEAR, 0.782, low=0.77, high=0.794, n=4_400),
    row("margin", YEAR, 13_915_000.0, n=50_214, target=14_500_000),
    row("margin", YEAR_THEN, 14_190_000.0),
    row("revenue", YEAR, 25_300_000.0),
    row("revenue", YEAR_THEN, 25_800_000.0),
    row("cost_of_poor_service", YEAR, 1_030_000.0, target=900_000),
    row("cost_of_poor_service", YEAR_THEN, 1_100_000.0),
    row("cost_of_poor_service_cash", YEAR, 395_000.0),
    row("cost_of_poor_service_capacity", YEAR, 635_000.0),
    row("poor_service_hours", YEAR, 28_200.4),
    row("net_revenue_retention", YEAR, 0.934),
    row("net_revenue_retention", YEAR_THEN, 0.951),
]


def segment(member: str, customers: int, nps: float, answers: int, kept: float, revenue: float) -> list[dict[str, Any]]:
    """The rows of one segment."""
    of = {"dimension": "segment", "member": member}
    return [
        row("customers_active", NOW, customers, n=customers, **of),
        row("nps", YEAR, nps, n=answers, **of),
        row("retention", YEAR, kept, n=customers, **of),
        row("revenue", YEAR, revenue, n=customers, **of),
        row("margin", YEAR, revenue * 0.55, n=customers, **of),
    ]


SEGMENTS = [
    *segment("Consumer", 41_002, 9.4, 5_611, 0.806, 15_820_000),
    *segment("Small business", 8_870, 21.2, 1_310, 0.874, 8_100_000),
    *segment("Large accounts", 335, 30.1, 104, 0.934, 1_380_000),
    *segment("Pilot", 7, -40.0, 5, 0.5, 900),
]

HEALTH = Health(
    company="Larkfield Mobile",
    as_of="2026-09-30",
    tables=(
        TableHealth(
            table="customers",
            files=(
                FileHealth("crm.csv", 60_120, 60_002, 118, ("read as cp1252",), (
                    RuleCount("duplicate_key", "a second row of the same key; the first is used", 18, True),
                    RuleCount("not_a_date", "not a date in ISO form (2026-09-30)", 100, True),
                )),
            ),
            rows_in=60_120,
            used=60_002,
            quarantined=118,
            first="2019-01-02",
            last="2026-09-29",
            joined=None,
            rules=(),
            switched_on="retention, tenure, segments",
        ),
        TableHealth(
            table="subscriptions",
            files=(FileHealth("subs.csv", 1_120_480, 1_120_480, 0, (), ()),),
            rows_in=1_120_480,
            used=1_120_480,
            quarantined=0,
            first="2019-01-02",
            last="2026-09-30",
            joined=0.998,
            rules=(RuleCount("unknown_customer", "a customer who is not in customers", 2_241, False),),
            switched_on="revenue and margin by month",
        ),
    ),
    blocks=("Without wallet: no share of wallet.",),
    notes=("setting: contractual, because subscriptions were brought.",),
)  # fmt: skip

BRIDGE = {"opening": "25800000", "new": "2100000", "lost": "2600000", "closing": "25300000"}


@dataclass
class FakeRun:
    """What `worthline.run.Run` promises, over a folder made by `publish`."""

    path: Path
    figures: list[Figure]
    about: dict[str, Any]
    found: Health = field(default=HEALTH)

    @property
    def run_id(self) -> str:
        return self.path.name

    def tables(self) -> dict[str, Path]:
        return RunFolder(self.path).tables()

    def table(self, name: str, limit: int | None = None) -> pa.Table:
        rows = pq.read_table(self.tables()[name])
        return rows.slice(0, limit) if limit else rows

    def sql(self, query: str, parameters: Any = (), *, seconds: float = 60.0) -> pa.Table:
        with SqlWindow(RunFolder(self.path), threads=1) as window:
            return window.ask(query, parameters, seconds=seconds)

    def sql_shown(self, query: str, *, seconds: float = 60.0) -> pa.Table:
        with SqlWindow(RunFolder(self.path), threads=1, instead=small_groups.views(self)) as window:
            return window.ask(query, seconds=seconds)

    def table_shown(self, name: str, limit: int | None = None) -> pa.Table:
        return small_groups.table(self, name, limit)

    def health(self) -> Health:
        return self.found


def publish(
    folder: Path, rows: list[dict[str, Any]] | None = None, *, health: Health = HEALTH, **changed: Any
) -> FakeRun:
    """A run in `folder` with these rows of metrics."""
    path = folder / ".worthline" / "runs" / "7f3c2a9b01de"
    path.mkdir(parents=True)
    said = settings(**changed)
    table = metrics(LARKFIELD + SEGMENTS if rows is None else rows)
    bridges = pa.table(
        {
            "kind": ["revenue"] * 4,
            "period": [YEAR] * 4,
            "line": list(BRIDGE),
            "position": [0, 1, 2, 3],
            "amount": [Decimal(v) for v in BRIDGE.values()],
        }
    )
    panel = pa.table({"customer_id": ["a", "b"], "month": [date(2026, 9, 1)] * 2, "active": [True, False]})
    for name, content in (("metrics", table), ("bridges", bridges), ("panel", panel)):
        pq.write_table(content, path / f"{name}.parquet")
    about = {
        "contract": 1,
        "company": said.name,
        "currency": said.currency,
        "as_of": said.as_of.isoformat(),
        "setting": said.setting,
        "simulated": said.simulated,
        "settings": {
            "setting": said.setting,
            "margin": said.margin,
            "lapse_months": said.lapse_months,
            "revenue_from": said.revenue_from,
            "score_metric": said.score_metric,
        },
        "because": health.because,
        "rows": {"metrics": table.num_rows, "bridges": 4, "panel": 2},
    }
    return FakeRun(path, headline(said, table, bridges), about, health)
