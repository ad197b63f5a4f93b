"""Every metric against independent SQL, written by hand in cases/*.yaml.

A case: `name`, `metric`, `dimension` (all), `period` (month: every month; 12m: both windows; or one period by
name), `company` (both forms, if not said), and `sql` over the canonical tables and `panel`. The SQL gives the
column value, and of period, member (all), n, low and high what it wants compared. Rows that either side leaves
out are undefined on that side. Counts and money must be equal; everything else to 1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import SPARK
from tests.metrics.conftest import FORMS, Company
from worthline.metrics import bridge, customer_scores
from worthline.metrics.compute import compute
from worthline.metrics.registry import METRICS

CASES = Path(__file__).parent / "cases"
EXACT = {"count", "money"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One metric, and the SQL that says what it should be."""

    name: str
    metric: str
    sql: str
    dimension: str = "all"
    period: str = "month"
    company: tuple[str, ...] = tuple(sorted(FORMS))


def cases() -> list[Any]:
    """A test for each case and form of the company."""
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text("utf-8")):
            if isinstance(entry.get("company"), str):
                entry["company"] = (entry["company"],)
            case = Case(**entry)
            found += [pytest.param(case, form, id=f"{path.stem}-{case.name}-{form}") for form in case.company]
    return found


@pytest.fixture(scope="session")
def rows_of(companies: Callable[..., Company]) -> Callable[..., list[Row]]:
    """All rows of `metrics` of one form of the company on an engine, computed once."""
    made: dict[tuple[str, str], list[Row]] = {}

    def one(form: str, on: str = "duckdb") -> list[Row]:
        if (form, on) not in made:
            company = companies(form, on)
            made[form, on] = compute(company.ds, company.panel, company.rooms).to_pylist()
        return made[form, on]

    return one


@pytest.mark.parametrize(("case", "form"), cases())
def test_metric_equals_hand_written_sql(case, form, companies, rows_of, engine_name):
    result = companies(form).engine.raw.execute(case.sql)
    columns = [c[0] for c in result.description]
    wanted = {}
    for values in result.fetchall():
        row = dict(zip(columns, values, strict=True))
        wanted[(row.get("period", case.period), row.get("member", "all"))] = row
    ours = {
        (row["period"], row["member"]): row
        for row in rows_of(form, engine_name)
        if (row["metric"], row["dimension"]) == (case.metric, case.dimension) and belongs(row["period"], case.period)
    }
    defined = {key for key, row in wanted.items() if row["value"] is not None}
    assert defined, "the SQL of a case must define at least one value"
    assert {key for key, row in ours.items() if row["value"] is not None} == defined
    for key in defined:
        for name in {"value", "n", "respondents", "low", "high"} & set(columns):
            same(
                ours[key][name],
                wanted[key][name],
                "count" if name in ("n", "respondents") else ours[key]["unit"],
                (key, name),
            )


def belongs(period: str, to: str) -> bool:
    """Whether a period is one of those that a case is about."""
    if to == "month":
        return ":" not in period
    return period.startswith("12m:") if to == "12m" else period == to


def same(ours: float | None, wanted: Any, unit: str, where: object) -> None:
    """Equal as published, or to 1e-9 of the value (the order of float additions differs)."""
    if wanted is None or ours is None:
        assert ours is wanted, (where, ours, wanted)
    elif unit == "money":
        exact = Decimal(wanted) if not isinstance(wanted, float) else Decimal(repr(wanted))
        assert ours == float(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)), where
    elif unit in EXACT:
        assert ours == wanted, where
    else:
        assert ours == pytest.approx(float(wanted), rel=1e-9, abs=1e-9), where


def test_every_metric_has_a_case():
    tested = {param.values[0].metric for param in cases()}
    assert sorted(set(METRICS) - tested) == []


def test_every_row_is_of_a_known_metric_and_has_its_unit(rows_of):
    own = {"ease_of_use", "ease_of_use_weighted", "csat_response_rate", "nps_response_rate"}
    for form in FORMS:
        assert {row["metric"] for row in rows_of(form)} - set(METRICS) <= own
        for row in rows_of(form):
            assert row["metric"] in own or row["unit"] == METRICS[row["metric"]].unit


def test_no_value_without_a_count_and_intervals_hold_their_value(rows_of):
    for form in FORMS:
        for row in rows_of(form):
            if row["low"] is not None:
                assert row["low"] <= row["value"] + 1e-9, row
                assert row["high"] >= row["value"] - 1e-9, row
            if row["n"] == 0 and row["unit"] in ("share", "score", "seconds"):
                assert row["value"] is None, row


@pytest.mark.spark
@pytest.mark.parametrize("form", sorted(FORMS))
def test_spark_and_duckdb_give_the_same_table(form, companies, rows_of, spark):
    """Bit by bit, since only counts and exact sums come from an engine; so with bridges and customers' scores."""
    one, other = companies(form), companies(form, SPARK)
    assert rows_of(form, SPARK) == rows_of(form)
    assert bridge.compute(other.ds, other.rooms).equals(bridge.compute(one.ds, one.rooms))
    scores = [c.engine.fetch(customer_scores.build(c.ds, c.panel)).sort_by("customer_id") for c in (one, other)]
    assert scores[0].equals(scores[1])


@pytest.mark.parametrize("form", sorted(FORMS))
def test_one_thread_and_two_give_the_same_table(form, rows_of, tmp_path):
    alone = FORMS[form](tmp_path, threads=1)
    assert compute(alone.ds, alone.panel, alone.rooms).to_pylist() == rows_of(form)
    alone.engine.close()
