"""How a number came about: bridges that add up, finance's figures beside ours, rows that are never cut silently."""

from dataclasses import replace

import pyarrow as pa
import pytest

from tests.reports.fake_run import LARKFIELD, NOW, YEAR, publish, row
from worthline.metrics.bridge import LINES
from worthline.reports import bridges, explain, overview, reconciled, terminal
from worthline.reports.page import Header


def beside(month, ours, theirs):
    """Our revenue of a month, finance's, and the published difference."""
    return [
        row("revenue", month, ours),
        row("finance_reported_revenue", month, theirs),
        row("revenue_difference_to_finance", month, round(ours - theirs, 2)),
    ]


def text_of(run, name, width=110):
    return terminal.text(explain.page(run, explain.explain(run, name)), width=width)


def test_bridge_of_revenue_is_written_as_a_sum(tmp_path):
    assert "opening $25,800,000.00 + new $2,100,000.00 - lost $2,600,000.00 = closing $25,300,000.00" in text_of(
        publish(tmp_path), "revenue_12m"
    )


def test_bridges_page_has_a_sum_under_each_bridge():
    periods = [period for period in (YEAR, NOW) for _ in LINES]
    table = pa.table({
        "kind": ["revenue"] * 18,
        "period": periods,
        "line": [*LINES, *LINES],
        "position": [*range(9), *range(9)],
        "amount": pa.array(["1.5"] * 18).cast(pa.decimal128(18, 4)),
    })  # fmt: skip
    header = Header("Acme", "", "", False)
    cut = bridges.whole(table.slice(0, 17))
    text = terminal.text(bridges.page(header, cut, currency="USD", of=18), width=140)
    assert cut.num_rows == 9
    assert text.count(
        "opening + new + returned + expansion - contraction - lost + unallocated revenue + currency = closing"
    ) == 1  # fmt: skip
    assert "unallocated revenue               1.50" in text
    assert "without_customer" not in text
    assert "9 further rows not shown" in text


def test_material_difference_to_finance_is_an_alert_for_its_latest_month(tmp_path):
    rows = [*LARKFIELD, *beside("2026-03", 33_364.0, 32_951.7), *beside("2026-02", 90.0, 100.0)]
    run = publish(tmp_path, [*rows, *beside("2026-04", 1_005.0, 1_000.0)])
    said = "Mar 2026: our revenue is $412.30 above finance's: worthline explain revenue_12m"
    assert said in overview.alerts(run)
    assert reconciled.alert(run, folder="acme") == (f"{said} acme",)
    text = text_of(run, "revenue_12m")
    assert "2026-03  33,364.00  32,951.70      412.30" in text
    assert text.index("2026-04   1,005.00") < text.index("2026-03  33,364.00")


@pytest.mark.parametrize(("ours", "alerts"), [(1_005.0, 0), (1_005.01, 1), (995.0, 0), (994.99, 1), (1_000.0, 0)])
def test_difference_is_material_above_half_a_percent(tmp_path, ours, alerts):
    run = publish(tmp_path, [*LARKFIELD, *beside("2026-03", ours, 1_000.0)])
    assert len(reconciled.alert(run)) == alerts


def test_without_finance_nothing_is_said_of_it(tmp_path):
    run = publish(tmp_path)
    assert reconciled.alert(run) == ()
    assert reconciled.TITLE not in text_of(run, "revenue_12m")


def test_figure_that_is_not_known_shows_no_rows_and_has_no_evidence(tmp_path):
    run = publish(tmp_path, [row("retention", YEAR, None, n=0), row("customers_active", NOW, 3, n=3)])
    text = text_of(run, "retention_12m")
    assert "Calculated from the rows" not in text
    assert "Evidence  -" in text
    [here] = [f for f in run.figures if f.name == "customers_active"]
    with_sql = replace(here, details={**here.details, "sql": "select 3 as value"})
    text = text_of(replace(run, figures=[with_sql]), "customers_active")
    assert "Calculated from the rows" in text


def test_parts_are_whole_dimensions_and_the_rest_is_a_command(tmp_path):
    of = [row("revenue", YEAR, i, dimension="location", member=f"shop {i}") for i in range(20)]
    of += [row("revenue", YEAR, i + 0.5, dimension="region", member=f"region {i}") for i in range(4)]
    text = " ".join(text_of(publish(tmp_path, [*LARKFIELD, *of]), "revenue_12m").split())
    assert "region 3 3.50" in text
    assert "shop 1 " not in text
    assert '20 further rows: give this SELECT to worthline sql "SELECT …".' in text
