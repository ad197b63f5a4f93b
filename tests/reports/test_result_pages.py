"""Pages of customers, effects and bridges: what they say of tables that are known."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from worthline.effects import effect
from worthline.reports import customers, effects, initiatives, terminal, waterfall
from worthline.reports.trends import trends

EFFECT = {
    "cause": "wrong bill",
    "outcome": "retention",
    "horizon_months": 3,
    "segment": "all",
    "grain": "customer",
    "p_adjusted": 0.01,
    "exposed": 100,
    "estimate": -0.05,
    "low": -0.08,
    "high": -0.02,
    "grade": "C",
    "sentence": "A wrong bill lowers it.",
}


class Made:
    """A run that is nothing but the tables given."""

    run_id = "0123456789ab"
    path = Path("nowhere")

    def __init__(self, **tables):
        self.about = {"company": "Made", "as_of": "2026-09-30", "currency": "USD", "simulated": True, "rows": {}}
        self.figures = []
        self._tables = tables

    def tables(self):
        return self._tables

    def sql(self, query, *, seconds=60.0):
        con = duckdb.connect()
        for name, rows in self._tables.items():
            con.register(name, rows)
        return con.execute(query).to_arrow_table()

    def table(self, name, limit=None):
        return self._tables[name].slice(0, limit)


def said(page):
    return terminal.text(page, width=220)


def of_effects(*changes):
    return Made(effects=pa.Table.from_pylist([EFFECT | change for change in changes]))


def test_effect_that_may_be_chance_among_many_is_not_shown():
    row = EFFECT | {"p_adjusted": 0.2}
    assert not effect.shown(row)
    assert effect.known_by(row) == "not significant after multiple-test correction"
    assert "Retention: no significant effect of 1 experience." in said(effects.page(of_effects({"p_adjusted": 0.2})))


def test_evidence_is_that_of_each_horizon_not_of_the_weakest():
    """Estimated at 3 months, a correlation at 12: each horizon bears its own."""
    early = {"horizon_months": 3, "grade": "C"}
    late = {"horizon_months": 12, "grade": "D"}
    told = " ".join(said(effects.page(of_effects(early, late))).split())
    assert "estimated: 3 months; correlation only: 12 months" in told


def test_fewer_contacts_are_better():
    assert effect.better("contacts", -0.1)
    assert not effect.better("contacts", 0.1)
    assert effect.better("margin", 0.1)


def test_effect_shown_and_not_shown():
    run = of_effects({}, {"cause": "long wait", "low": -0.06, "high": 0.01, "grade": "D"})
    found = effects.first(run)
    assert found is not None
    assert [(c.cause, c.effect, c.evidence) for c in found.rows] == [
        ("Wrong bill", "-5.0 points", "estimated"),
        ("Long wait", "not significant", "not significant"),
    ]
    assert found.rows[0].interval == "-8.0 to -2.0 points"
    assert found.reach == (-0.08, 0.01)
    page = said(effects.page(run))
    assert "-5.0 points (-8.0 to -2.0 points)" in page
    assert "A wrong bill lowers it." not in page, "sentences stand on the page of the effect"
    assert "Retention: not significant at any horizon for Long wait." in page
    assert "SIMULATED" in page


def test_effect_that_is_not_known():
    none = {"estimate": None, "low": None, "high": None, "grade": None}
    assert effects.first(of_effects(none)) is None
    assert "not known" in said(effects.page(of_effects(none)))
    assert effects.first(Made()) is None


def test_most_harmful_effects_come_first_and_the_others_are_counted():
    found = effects.first(of_effects(*({"cause": f"c{i:02}", "estimate": -i / 100} for i in range(1, 13))))
    assert found is not None
    assert [row.cause for row in found.rows] == [f"C{i:02}" for i in range(12, 4, -1)]
    assert found.remaining == 4


def scores(customers_, **more):
    rows = [
        {"customer_id": f"c{i:03}", "active": True, "p_leave": i / 1000, "reasons": ["Waited long (higher risk)"]}
        | {name: make(i) for name, make in more.items()}
        for i in range(customers_)
    ]
    return Made(customer_scores=pa.Table.from_pylist(rows))


def test_expected_leavers_are_the_sum_of_the_chances():
    page = said(customers.page(scores(200)))
    assert "We expect 20 of 200 customers to leave within 3 months." in page
    first = next(line for line in page.splitlines() if "Decile 1 (highest risk)" in line)
    assert first.split()[4:7] == ["20", "4", "(19.0%)"]  # the mean of 180 to 199 thousandths is 18.95%
    assert page.index("c199") < page.index("c198")


def test_customers_stand_by_margin_at_risk_where_it_is_known():
    page = said(customers.page(scores(50, margin_at_risk=lambda i: Decimal(1000 - i))))
    assert "Most margin at risk" in page
    assert page.index("c000") < page.index("c001")


@pytest.mark.parametrize("number", [0, 1])
def test_nobody_and_one_customer(number):
    run = scores(number) if number else Made(customer_scores=pa.table({"customer_id": pa.array([], pa.string())}))
    page = said(customers.page(run))
    assert "Too few customers" in page or "No churn scores" in page


def test_backtest_in_words():
    tested = {"model": "risk", "horizon": 3, "measure": "auc", "value": 0.7, "low": 0.6, "high": 0.8, "n": 50}
    run = scores(20)
    run.tables()["backtests"] = pa.Table.from_pylist([tested])
    page = said(customers.page(run))
    assert "Backtest, 3 months ahead" in page
    assert "0.60 to 0.80" in page


def bridge(**lines):
    rows = [
        {"kind": "revenue", "period": "12m:2026-09", "line": line, "amount": Decimal(amount), "position": i}
        for i, (line, amount) in enumerate(lines.items())
    ]
    return Made(bridges=pa.Table.from_pylist(rows))


def test_bridge_steps_meet():
    (one,) = waterfall.waterfalls(bridge(opening=1000, new=500, lost=200, closing=1300))
    assert one.title == "Revenue, twelve months to Sep 2026"
    assert [(s.start, s.end) for s in one.steps] == [(0, 1000), (1000, 1500), (1500, 1300), (0, 1300)]
    assert [s.kind for s in one.steps] == ["stands", "gain", "loss", "stands"]
    assert [s.amount for s in one.steps] == ["$1,000", "+$500", "-$200", "$1,300"]
    assert one.reach == (0, 1500)
    assert waterfall.waterfalls(Made()) == []


def course(*values):
    rows = [
        {
            "metric": "retention",
            "period": f"2026-{month:02}",
            "value": value,
            "unit": "share",
            "dimension": "all",
            "low": None,
            "high": None,
            "target": None,
        }
        for month, value in enumerate(values, date(2026, 9, 30).month - len(values) + 1)
    ]
    return trends(Made(metrics=pa.Table.from_pylist(rows)), ["retention"])["retention"].points


def test_a_first_month_before_leavers_were_recorded_is_no_part_of_the_course():
    assert len(course(1.0, 0.98, 0.97, 0.98)) == 3
    assert len(course(1.0, 0.98, 1.0, 0.98)) == 4
    assert len(course(0.99, 0.98, 0.97, 0.98)) == 4


def test_checks_of_an_initiative_name_other_initiatives_not_their_codes():
    row = {
        "checks": [{"name": "overlap", "outcome": "informs", "says": "Many were also in plan_advice, plan_advices."}]
    }
    grid = initiatives._checks(row, {"plan_advice": "Plan advice by text"})
    assert grid.rows[0][2] == "Many were also in Plan advice by text, plan_advices."


def test_an_initiative_says_what_is_estimated_by_the_rows_that_answer():
    """Contacts stand first in the table; the benefit to date is what the page answers with."""
    rows = [{"outcome": name, "sentence": name} for name in ("contacts", "margin_to_date", "retention")]
    assert [row["outcome"] for row in initiatives._answering(rows)] == ["margin_to_date", "retention"]
    assert initiatives._answering(rows[:1]) == rows[:1]
