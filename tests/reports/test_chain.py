"""The value chain and the page of one effect: what they say of tables that are known."""

from decimal import Decimal

import pyarrow as pa
import pytest

from tests.reports.test_result_pages import Made, said
from worthline.app.web import views
from worthline.effects import effect, money
from worthline.errors import NoSuchName
from worthline.reports import chain, one_effect

CHECKS = [
    {"name": "placebo", "outcome": "passed", "value": 0.4, "says": "It seems to change nothing that lies before it."},
    {"name": "overlap", "outcome": "failed", "value": 0.2, "says": "2 of the exposed were left out."},
]


def row(outcome, months, estimate, low, high, **more):
    cause = more.pop("cause", "Wrong bill")
    usual = dict.fromkeys(effect.SCHEMA.names) | {
        "effect_id": effect.identity(cause, outcome, f"{months}m"),
        "cause": cause,
        "outcome": outcome,
        "horizon_months": months,
        "grain": "customer",
        "segment": "all",
        "population": "customers who were active the month before",
        "method": "by hand",
        "estimand": "mean change among those who had it",
        "exposed": 100,
        "n": 5000,
        "estimate": estimate,
        "low": low,
        "high": high,
        "grade": None if estimate is None else "C",
        "checks": CHECKS,
        "touchpoint": "Billing",
        "adjusted_for": ["tenure", "product"],
        "sentence": f"{cause} {months}",
    }
    return usual | more


EFFECTS = [
    row("retention", 3, -0.05, -0.08, -0.02, raw=-0.09),
    row("retention", 12, -0.04, -0.06, -0.02, raw=-0.08, bound_low=-0.07, bound_high=-0.01, p_adjusted=0.001),
    row("margin", 12, -7.5, -9.0, -6.0, raw=-12.0),
    row("next_score", 3, -0.6, -0.9, -0.3, grade="D"),
    row("retention", 12, -0.01, -0.04, 0.02, cause="Long wait"),
    row("margin", 12, None, None, None, cause="Long wait"),
]


def amount(level, name, joint, alone, **more):
    ends = {"joint_low": joint - 10, "joint_high": joint + 10, "alone_low": alone - 10, "alone_high": alone + 10}
    usual = dict.fromkeys(money.SCHEMA.names) | {
        "level": level,
        "name": name,
        "horizon_months": 12,
        "times": 100.0,
        "joint": joint,
        "alone": alone,
        "grade": "C",
        "sentence": f"{name} cost it.",
    }
    made = usual | ends | more
    return {key: Decimal(value) if isinstance(value, int) else value for key, value in made.items()} | {
        "horizon_months": 12
    }


MONEY = [
    amount("total", "all experiences told of", -700, -750),
    amount("department", "Finance", -700, -750),
    amount("touchpoint", "Billing", -700, -750, forecast=-90, forecast_low=-100, forecast_high=-80),
    amount("experience", "Wrong bill", -700, -750, touchpoint="Billing", department="Finance"),
]


def run(**tables):
    return Made(effects=pa.Table.from_pylist(EFFECTS, effect.SCHEMA), **tables)


def with_money():
    return run(experience_money=pa.Table.from_pylist(MONEY, money.SCHEMA))


def test_each_step_of_the_chain_stands_beside_the_next():
    found = chain.chain(with_money())
    assert [link.name for link in found.links] == ["Wrong bill", "Long wait"], "those with money first"
    first, second = found.links
    assert (first.score.value, first.behaviour.value, first.money.value) == ("-0.60", "-4.0 points", "-$700")
    assert first.score.evidence == "correlation only"
    assert second.behaviour.value == "not significant"
    assert second.money.value == "no money"
    assert second.money.evidence == "effect on margin not available"
    assert found.total == "all experiences told of cost it."
    assert [part.forecast for part in found.touchpoints] == ["-$90"]
    assert [part.forecast for part in found.departments] == [""], "undefined is not zero"


def test_no_bar_is_drawn_where_the_interval_includes_zero():
    """-$5,374 with a bar beside "no cost and no gain" was seen: what is not significant has an amount and no bar."""
    wide = {"joint_low": Decimal(-900), "joint_high": Decimal(200)}
    rows = [
        amount("total", "all experiences", -700, -750),
        amount("touchpoint", "Billing", -350, -350, **wide),
        amount("touchpoint", "Shop", -350, -400),
        amount("experience", "Wrong bill", -350, -350, touchpoint="Billing", **wide),
        amount("experience", "Queue", -350, -400, touchpoint="Shop"),
    ]
    found = chain.chain(run(experience_money=pa.Table.from_pylist(rows, money.SCHEMA)))
    wrong, queue = found.links[:2]
    assert (wrong.name, wrong.money.value, wrong.amount) == ("Wrong bill", "-$350", None)
    assert wrong.money.evidence == "estimated; includes zero"
    assert queue.amount == -350.0
    assert [part.amount for part in found.touchpoints] == [None, -350.0]


def test_what_is_in_no_total_stands_beside_it_with_its_money():
    rows = [
        *MONEY,
        amount("correlation", "Late delivery", -90, -95, grade="D"),
        amount("remainder", "Wrong bill", -20, 0, times=12.0, grade="E"),
        amount("not_estimated", "Long queue", 0, -33, horizon_months=3, times=40.0)
        | {"joint": None, "horizon_months": 3},
    ]
    found = chain.chain(run(experience_money=pa.Table.from_pylist(rows, money.SCHEMA)))
    assert found.not_included == (
        ("Late delivery", "-$90", "correlation only"),
        (
            "Wrong bill",
            "-$20",
            "12 times among new customers or customers without comparable ones; assumed to cost the same",
        ),
        ("Long queue", "-$33", "over 3 months only"),
    )
    told = said(chain.page(run(experience_money=pa.Table.from_pylist(rows, money.SCHEMA))))
    assert "Not in the total" in told
    assert "Amounts by department and by touchpoint add up to the total" in " ".join(told.split())


def test_the_score_of_the_order_itself_stands_before_the_next_score():
    rows = [*EFFECTS, row("occasion_score", 0, -1.8, -2.0, -1.6)]
    found = chain.chain(Made(effects=pa.Table.from_pylist(rows, effect.SCHEMA)))
    link = next(link for link in found.links if link.name == "Wrong bill")
    assert (link.score.value, link.score.evidence) == ("-1.80", "estimated")


def test_chain_without_money_says_why():
    told = said(chain.page(run()))
    assert "No experience has money yet" in told
    assert "not known" in told


def test_effect_by_its_name_at_every_horizon():
    family = one_effect.named(run(), "wrong-bill.retention.12m")
    assert [point.horizon for point in family.points] == ["3 months", "12 months"]
    assert family.row["horizon_months"] == 12
    assert family.reach == (-0.09, 0.0), "the unadjusted difference is drawn too"
    told = said(one_effect.page(run(), family))
    for words in (
        "Wrong bill: retention",
        "mean change among those who had it",
        "Tenure, product.",
        "-7.0 to -1.0 points",
        "2 of the exposed were left out.",
        "failed",
        "-8.0 points",
    ):
        assert words in told, words


def test_effect_by_outcome_and_cause_as_the_links_have_it():
    assert one_effect.named(run(), "retention/Wrong bill").name == "wrong-bill.retention"


def test_the_same_within_channels_and_at_the_nth_contact_stands_below():
    parts = [
        row("retention", 3, -0.06, -0.09, -0.03, segment="channel: phone", effect_id="wrong-bill.phone.retention.3m"),
        row("retention", 3, None, None, None, segment="channel: chat", effect_id="wrong-bill.chat.retention.3m"),
    ]
    found = Made(effects=pa.Table.from_pylist([*EFFECTS, *parts], effect.SCHEMA))
    whole = one_effect.named(found, "wrong-bill.retention.3m")
    assert [(one["segment"], one["estimate"]) for one in whole.slices] == [
        ("channel: chat", None),
        ("channel: phone", -0.06),
    ]
    told = said(one_effect.page(found, whole))
    assert "By segment" in told
    assert "-9.0 to -3.0 points" in told
    part = one_effect.named(found, "wrong-bill.phone.retention.3m")
    assert part.title == "Wrong bill (channel: phone): retention"
    assert not part.slices


def test_undefined_effect_is_told_as_not_known():
    family = one_effect.named(run(), "margin/Long wait")
    assert family.points[0].effect == "not known"
    assert "not known" in said(one_effect.page(run(), family))


def test_unknown_effect_names_its_like():
    with pytest.raises(NoSuchName, match=r"wrong-bill\.retention\.12m"):
        one_effect.named(run(), "wrong-bill.retension.12m")


def test_json_is_the_published_rows():
    told = one_effect.named(run(), "wrong-bill.retention.3m").as_json()
    assert [one["estimate"] for one in told["horizons"]] == [-0.05, -0.04]


def test_pages_are_drawn():
    drawn = views.chain_page(with_money()).decode()
    assert "de-duplicated" in drawn
    assert drawn.count('class="bar"') >= 3
    drawn = views.effect_page(run(), "retention/Wrong bill").decode()
    assert 'class="naive"' in drawn
    assert "worthline explain wrong-bill.retention.12m" in drawn
