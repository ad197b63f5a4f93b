"""What was predicted against what happened: what the page says of rows that are known."""

import pyarrow as pa

from tests.reports.test_result_pages import Made, said
from worthline.app.web import views
from worthline.metrics.backtests import BACKTESTS
from worthline.reports import calibration


def row(measure, value, low, high, **more):
    usual = {"model": "risk", "horizon": 12, "n": 900, "shown": True}
    return usual | {"measure": measure, "value": value, "low": low, "high": high} | more


ROWS = [
    row("auc", 0.64, 0.60, 0.68),
    row("calibration_predicted_01", 0.05, 0.05, 0.05),
    row("calibration_happened_01", 0.06, 0.04, 0.09),
    row("calibration_predicted_02", 0.30, 0.30, 0.30),
    row("calibration_happened_02", 0.20, 0.15, 0.25),
    row("auc", 0.55, 0.5, 0.6, model="risk_since_last_run", shown=False),
    row("auc", 0.61, 0.57, 0.65, model="vendor: health_score", shown=False),
    row("auc_worthline", 0.64, 0.60, 0.68, model="vendor: health_score", shown=False),
    row("top_decile_lift", 1.7, 1.2, 2.2, model="vendor: health_score", shown=False),
]


def run():
    return Made(backtests=pa.Table.from_pylist(ROWS, BACKTESTS))


def test_tenths_say_whether_what_happened_is_what_was_predicted():
    first, since, _ = calibration.tested(run())
    assert [(one.raw, one.effect, one.evidence) for one in first.tenths] == [
        ("5.0%", "6.0%", "within range"),
        ("30.0%", "20.0%", "outside range"),
    ]
    assert first.reach == (0.0, 0.30)
    assert since.tenths == ()
    assert since.says == calibration.NOT_SHOWN


def test_page_in_the_terminal_and_drawn():
    told = said(calibration.page(run()))
    assert "Churn within 12 months: held-out customers and months" in told
    assert "0.60 to 0.68" in told
    assert views.calibration_page(run()).decode().count('class="naive"') == 2


def test_a_vendors_score_stands_beside_ours_on_the_page_and_in_the_terminal():
    (vendor,) = (one for one in calibration.tested(run()) if one.title.startswith("Vendor"))
    assert vendor.title == "Vendor's score health_score: churn within 12 months"
    assert vendor.says == calibration.VENDOR_NOT_PASSED
    assert vendor.measures == (
        ("AUC, this score", "0.61", "0.57 to 0.65"),
        ("AUC, Worthline's churn model", "0.64", "0.60 to 0.68"),
        ("Top-decile lift, this score", "1.70 times", "1.20 times to 2.20 times"),
    )
    for told in (said(calibration.page(run())), views.calibration_page(run()).decode()):
        assert "score health_score: churn within 12 months" in told
        assert "0.57 to 0.65" in told


def test_nothing_tested_is_said():
    assert "No churn model was backtested" in said(calibration.page(Made()))
