"""The worklist by hand: who is on it and in which order, what it costs, who is kept aside, and what it says when empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from tests.initiatives.planning import action, action_table, company, rooms, settings, treatments
from worthline import initiatives
from worthline.errors import BadSetting, UsageError
from worthline.initiatives.results import SCHEMA as RESULTS
from worthline.initiatives.worklist import control, policy, reasons
from worthline.initiatives.worklist.policy import Limits, Pairs
from worthline.initiatives.worklist.replan import Asked, replan
from worthline.results import ActionSettings, ControlSettings, Findings

FOUR = ("a", "b", "c", "d")
"""At risk: 100, 50, 20 and 40; a tenth of it less 3 is 7, 2, -1 and 1."""
CHANCE, KEPT = (0.5, 0.25, 0.1, 0.2), ("200", "200", "200", "200")


def plan(*, s=None, permission=("yes",) * 4, actions=None, **tables) -> Findings:
    """The four customers' worklist."""
    actions = action_table(action()) if actions is None else actions
    ds, panel, scores = company(FOUR, chance=CHANCE, kept=KEPT, permission=permission, actions=actions, s=s, **tables)
    return initiatives.plan(ds, panel, rooms(), scores=scores)


def listed(found: Findings) -> list[str]:
    return found.findings.tables["worklist"]["customer_id"].to_pylist()


def test_ranked_by_expected_net_gain_and_ended_where_it_ends():
    found = plan()
    rows = found.findings.tables["worklist"].to_pylist()
    assert [(r["customer_id"], r["expected_net"]) for r in rows] == [("a", 7), ("b", 2), ("d", 1)]
    assert [r["effect"] for r in rows] == pytest.approx([0.05, 0.025, 0.02])
    assert {r["grade"] for r in rows} == {"E"}


def test_the_figure_is_the_sum_of_the_list_and_says_what_is_assumed():
    """7 + 2 + 1 = 10 of 19 for 9; at 5%: 9.50 - 9 = 0.50; at 15%: 28.50 - 9 = 19.50."""
    (figure,) = plan().findings.figures
    assert (figure.name, figure.value, figure.low, figure.high) == ("savings_available", 10.0, 0.5, 19.5)
    assert (figure.details["gross"], figure.details["cost"], figure.n, figure.grade) == (19.0, 9.0, 3, "E")
    assert figure.sentence.startswith("Calling 3 customers next quarter costs $9 and should return $10 net")
    assert "Assumed, not measured: save call keeps 10% of the customers who would leave" in figure.sentence


def test_customer_scores_add_up_to_the_figure():
    found = plan()
    rows = {r["customer_id"]: r for r in rooms().fetch(found.by_customer).to_pylist()}
    assert sum(r["expected_saving"] for r in rows.values()) == 10
    assert {who: (r["arm"], r["action"]) for who, r in rows.items()} == dict.fromkeys("abd", ("treated", "save_call"))


def test_only_yes_is_called():
    assert listed(plan(permission=("no", "yes", "yes", "unknown"))) == ["b"]


def test_nobody_is_contacted_again_within_the_quiet_days():
    """a was treated 10 days ago; b was a control customer then; d was treated 40 days ago."""
    done = treatments(
        [
            ("a", date(2026, 9, 20), "calls", "treated"),
            ("b", date(2026, 9, 20), "calls", "control"),
            ("d", date(2026, 8, 21), "calls", "treated"),
        ]
    )
    assert listed(plan(treatments=done)) == ["b", "d"]


def test_capacity_is_that_of_the_planned_weeks():
    """One a week for two weeks: the best first."""
    found = plan(
        actions=action_table(action(capacity=1)), s=settings(acting=ActionSettings(random_share=0, plan_weeks=2))
    )
    assert [(r["customer_id"], r["week"]) for r in found.findings.tables["worklist"].to_pylist()] == [
        ("a", 1),
        ("b", 2),
    ]


def test_budget_ends_the_list():
    found = plan(s=settings(acting=ActionSettings(random_share=0, budget="6.50")))
    assert listed(found) == ["a", "b"]


def test_a_rule_says_whom_an_action_is_for_and_words_do_not():
    assert listed(plan(actions=action_table(action(eligible="value_if_kept >= 300")))) == []
    assert len(listed(plan(actions=action_table(action(eligible="customers with permission to be called"))))) == 3
    assert listed(plan(actions=action_table(action(eligible="p_leave_12m > 0.2 and segment in (Home, 'Away')")))) == [
        "a",
        "b",
    ]


def test_excluded_customers_are_in_no_group_and_on_no_list():
    s = settings(control=ControlSettings(universal=0.5, share=0.01, key="k", exclude=("p_leave_12m > 0.4",)))
    found = plan(s=s)
    assert "a" not in listed(found)
    assert "a" not in {r["customer_id"] for r in rooms().fetch(found.by_customer).to_pylist()}
    with pytest.raises(BadSetting, match="exclude"):
        plan(s=settings(control=ControlSettings(exclude=("everyone I like",))))


def test_growth_is_listed_apart_and_not_in_the_savings():
    """An upsell that is assumed to bring 12 for 1 beats the call for b, c and d; the call is worth 7 for a, the upsell 11."""
    both = action_table(action(), action("upgrade", cost="1", purpose="upsell", assumed_gain=Decimal(12)))
    found = plan(actions=both)
    assert {r["action"] for r in found.findings.tables["worklist"].to_pylist()} == {"upgrade"}
    assert found.findings.figures[0].value == 0.0
    unknown = action_table(action(), action("upgrade", cost="1", purpose="upsell"))
    assert {r["action"] for r in plan(actions=unknown).findings.tables["worklist"].to_pylist()} == {"save_call"}


def test_growth_that_an_experiment_measured_is_no_longer_assumed():
    """Margin of 12 months +11 (4 to 18), at 10% a year half a year on average: 11 / 1.1^0.5 = 10.49, less a cost of 1."""
    told = {"initiative": "upgrades", "arm": "treated", "outcome": "margin", "segment": "all", "horizon_months": 12}
    told |= {"treated": 300, "control": 100, "grade": "A", "estimate": 11.0, "low": 4.0, "high": 18.0}
    short = told | {"horizon_months": 3, "estimate": 2.0, "low": 1.0, "high": 3.0}
    done = treatments([("z", date(2025, 3, 4), "upgrades", "treated")])
    actions = action_table(action("upgrade", cost="1", purpose="upsell", assumed_gain=Decimal(99)))
    ds, panel, scores = company(
        FOUR, chance=CHANCE, kept=KEPT, permission=("yes",) * 4, actions=actions, treatments=done
    )

    def rows(*results):
        table = pa.Table.from_pylist(list(results), RESULTS)
        found = initiatives.plan(ds, panel, rooms(), scores=scores, results=table).findings.tables
        return found["worklist"].to_pylist()

    first = rows(told, short)[0]
    assert float(first["expected_gain"]) == pytest.approx(11 / 1.1**0.5, abs=0.005)
    assert float(first["net_low"]) == pytest.approx(4 / 1.1**0.5 - 1, abs=0.005)
    assert (first["grade"], first["purpose"]) == ("C", "upsell")
    for unproven in (told | {"grade": "C"}, told | {"control": 0}, told | {"initiative": "other"}):
        assert rows(unproven)[0]["expected_gain"] == 99
        assert rows(unproven)[0]["grade"] == "E"
    assert rows(told | {"estimate": -2.0, "low": -5.0, "high": -0.5}) == []


def test_without_an_action_for_staying_no_saving_is_told():
    found = plan(actions=action_table(action("upgrade", cost="1", purpose="upsell", assumed_gain=Decimal(12))))
    assert found.findings.tables["worklist"].num_rows == 4
    assert found.findings.figures[0].value is None
    assert "no action is for staying" in found.findings.figures[0].sentence


def test_the_reason_is_what_went_wrong_and_what_may_be_offered():
    contacts = pa.table(
        {
            "customer_id": ["a", "a", "b"],
            "touchpoint": ["Billing", "Shop", "Network"],
            "resolved": [False, False, True],
            "case_id": ["K1", "K2", "K3"],
            "at_date": pa.array([date(2026, 9, 1), date(2026, 9, 9), date(2026, 9, 9)], pa.date32()),
            "_file": ["i"] * 3,
            "_line": [1, 2, 3],
        }
    )
    words = pa.table(
        {
            "customer_id": ["a"],
            "text": ["Nobody called me back."],
            "at_date": pa.array([date(2026, 9, 12)], pa.date32()),
            "_file": ["f"],
            "_line": [1],
        }
    )
    offer = action_table(action(offer_limit=Decimal(20)))
    rows = {
        r["customer_id"]: r
        for r in plan(interactions=contacts, feedback=words, actions=offer).findings.tables["worklist"].to_pylist()
    }
    assert rows["a"]["reason"] == (
        "Shop not resolved on 9 Sep 2026. Case K2 is open. Said on 12 Sep 2026: “Nobody called me back.” "
        "May be offered up to $20."
    )
    assert rows["b"]["reason"] == "Rolling contract. May be offered up to $20."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"permission": ("no",) * 4}, "no customer has given permission"),
        ({"permission": None}, "no contact_permission column"),
        ({"actions": action_table(action(capacity=0))}, "capacity_per_week of every action is zero"),
        ({"actions": action_table(action(cost="1000"))}, "no contact is expected to return more than it costs"),
        ({"actions": action_table(action(eligible="segment = 'Nobody'"))}, "no customer with permission is eligible"),
    ],
    ids=["permission", "no column", "capacity", "too dear", "empty reach"],
)
def test_an_empty_list_says_why_and_makes_up_no_money(change, says):
    found = plan(**change)
    (figure,) = found.findings.figures
    assert says in figure.sentence
    assert not figure.value
    assert found.findings.tables["worklist"].num_rows == 0


def test_without_actions_it_says_what_to_bring():
    ds, panel, scores = company(FOUR, chance=CHANCE, kept=KEPT, permission=("yes",) * 4)
    (figure,) = initiatives.plan(ds, panel, rooms(), scores=scores).findings.figures
    assert figure.value is None
    assert "no actions table was brought" in figure.sentence


# ------------------------------------------------------------------------------------------- the control group


MANY = [f"C{i:05d}" for i in range(4000)]


def test_assignment_depends_on_the_customer_the_key_and_the_purpose_alone():
    """Published test vector of HMAC-SHA256 (RFC 4231, test case 2): key Jefe, "what do ya want for nothing?"."""
    import hashlib
    import hmac

    digest = hmac.digest(b"Jefe", b"what do ya want for nothing?", hashlib.sha256).hex()
    assert digest == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    places = control.positions(MANY, "key", "universal")
    again = control.positions(["new", *reversed(MANY)], "key", "universal")
    assert (again[1:][::-1] == places).all()
    assert abs(float(places.mean()) - 0.5) < 4 * 0.2887 / 4000**0.5
    other = control.positions(MANY, "key", "save_call")
    assert abs(float(((places < 0.1) & (other < 0.1)).mean()) - 0.01) < 4 * (0.01 * 0.99 / 4000) ** 0.5
    wider = places < 0.2
    assert (wider | ~(places < 0.1)).all()


def test_control_customers_are_kept_aside_and_take_no_capacity():
    n = len(MANY)
    s = settings(control=ControlSettings(universal=0.05, share=0.2, key="k"))
    actions = action_table(action(capacity=50))
    ds, panel, scores = company(MANY, chance=[0.5] * n, kept=["200"] * n, permission=["yes"] * n, actions=actions, s=s)
    found = initiatives.plan(ds, panel, rooms(), scores=scores)
    rows = found.findings.tables["worklist_candidates"].to_pylist()
    on = {r["customer_id"] for r in rows if r["arm"] == "treated"}
    aside = {r["customer_id"] for r in rows if r["arm"] == "control"}
    assert len(on) == 50 * 13
    assert not on & aside
    assert set(listed(found)) == on
    assert len(aside) / (len(on) + len(aside)) == pytest.approx(0.05 + 0.95 * 0.2, abs=4 * (0.24 * 0.76 / 855) ** 0.5)
    groups = {r["trial"]: r for r in found.findings.tables["control_groups"].to_pylist()}
    assert groups["universal control group"]["control"] / n == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / n) ** 0.5)
    assert groups["save_call"]["sentence"].startswith("Control customers are not called proactively; if they call us")
    scored = {r["customer_id"]: r["arm"] for r in rooms().fetch(found.by_customer).to_pylist()}
    assert {who for who, arm in scored.items() if arm == "treated"} == on


def test_new_customers_change_nobodys_arm():
    s = settings(control=ControlSettings(universal=0.05, share=0.2, key="k"))

    def arms(ids):
        n = len(ids)
        actions = action_table(action(capacity=10_000))
        ds, panel, scores = company(
            ids, chance=[0.5] * n, kept=["200"] * n, permission=["yes"] * n, actions=actions, s=s
        )
        rows = initiatives.plan(ds, panel, rooms(), scores=scores).findings.tables["worklist_candidates"].to_pylist()
        return {r["customer_id"]: r["arm"] for r in rows}

    before, after = arms(MANY[:500]), arms([f"A{i}" for i in range(300)] + MANY[:500][::-1])
    assert {who: after[who] for who in before} == before


def test_an_arm_that_somebody_has_stays_theirs():
    """Half in control before and half treated, with a share of 1% now: those in control stay there, the others never join."""
    ids = MANY[:200]
    arms = {who: "control" if i % 2 else "treated" for i, who in enumerate(ids)}
    done = treatments([(who, date(2026, 5, 4), "save_calls", arm) for who, arm in arms.items()])
    actions = action_table(action(capacity=1000))
    ds, panel, scores = company(
        ids, chance=[0.5] * 200, kept=["200"] * 200, permission=["yes"] * 200, actions=actions, treatments=done
    )
    rows = initiatives.plan(ds, panel, rooms(), scores=scores).findings.tables["worklist_candidates"].to_pylist()
    assert {r["customer_id"]: r["arm"] for r in rows} == arms


def test_a_universal_control_group_that_was_drawn_stands():
    """Its members stay in it; customers of then who were outside stay outside; of later ones the share joins."""
    ids = MANY[:200]
    drawn = ids[:40]
    done = treatments([(who, date(2026, 8, 4), "universal_control_group", "control") for who in drawn])
    s = settings(control=ControlSettings(universal=0.25, share=0.01, key="k"))

    def held(tenure):
        ds, panel, scores = company(
            ids, chance=[0.5] * 200, kept=["200"] * 200, permission=["yes"] * 200,
            actions=action_table(action(capacity=1000)), treatments=done, s=s,
        )  # fmt: skip
        panel = panel.mutate(tenure_months=ibis.literal(tenure).cast("int32"))
        tables = initiatives.plan(ds, panel, rooms(), scores=scores).findings.tables
        members = set(tables["universal_control_group"]["customer_id"].to_pylist())
        aside = {r["customer_id"] for r in tables["worklist_candidates"].to_pylist() if r["arm"] == "control"}
        assert members <= aside
        return members

    assert held(24) == set(drawn)
    by_lot = {
        who for who, at in zip(ids, control.positions(ids, "k", "universal control group"), strict=True) if at < 0.25
    }
    assert held(0) == set(drawn) | by_lot


def test_a_random_share_of_the_capacity_while_the_effect_is_only_assumed():
    """A tenth of 20 x 13 places goes to customers at random, whatever they are expected to bring."""
    n = len(MANY)
    s = settings(acting=ActionSettings(random_share=0.1))
    chance = [0.5] * (n // 2) + [0.01] * (n // 2)
    ds, panel, scores = company(
        MANY, chance=chance, kept=["200"] * n, permission=["yes"] * n, actions=action_table(action(capacity=20)), s=s
    )
    rows = initiatives.plan(ds, panel, rooms(), scores=scores).findings.tables["worklist"].to_pylist()
    drawn = [r for r in rows if r["drawn_at_random"]]
    assert (len(rows), len(drawn)) == (260, 26)
    assert any(r["expected_net"] < 0 for r in drawn)
    assert sum(r["drawn_at_random"] for r in rows[:20]) == 2


# ------------------------------------------------------------------------------------------- planned again


def pairs(net, cost, action=None, control_=None):
    import numpy as np

    n = len(net)
    return Pairs(
        np.arange(n),
        np.zeros(n, np.int64) if action is None else np.asarray(action),
        np.asarray(net, float),
        np.asarray(cost, float),
        np.zeros(n, bool) if control_ is None else np.asarray(control_),
        np.zeros(n),
    )


def test_a_budget_prefers_gain_for_its_cost():
    """Budget 10: one pair of 12 for 10, or three of 5 for 3 each: 15 is more."""
    import numpy as np

    found = policy.plan(pairs([12, 5, 5, 5], [10, 3, 3, 3]), Limits(np.asarray([9]), 10.0))
    assert sorted(found.rows.tolist()) == [1, 2, 3]


def test_one_action_a_customer():
    import numpy as np

    two = replace(pairs([5, 4, 3], [1, 1, 1], action=[0, 1, 1]), customer=np.asarray([0, 0, 1]))
    assert policy.plan(two, Limits(np.asarray([1, 1]))).rows.tolist() == [0, 2]


def test_planned_again_within_other_limits():
    found = plan()
    table = found.findings.tables["worklist_candidates"]
    weekly = {"save_call": 100}
    assert replan(table, weekly, Asked(capacity=1))["customer_id"].to_pylist() == ["a"]
    assert replan(table, weekly, Asked(weeks=2, capacity=1))["week"].to_pylist() == [1, 2]
    assert replan(table, weekly, Asked(budget=7))["customer_id"].to_pylist() == ["a", "b"]
    assert replan(table, weekly, Asked(capacity=0)).num_rows == 0
    assert replan(table, weekly, Asked())["customer_id"].to_pylist() == ["a", "b", "d"]
    assert "arm" not in replan(table, weekly, Asked()).column_names
    for wrong in ({"budget": -1.0}, {"capacity": -1}, {"weeks": 0}):
        with pytest.raises(UsageError):
            Asked(**wrong)


def test_who_was_drawn_at_random_is_said():
    """Their expected gain did not put them on the list: a caller who sees -$0.24 in fifth place must know why."""
    nothing = dict.fromkeys(("last_failure", "risk_factor", "open_case", "renews_on", "last_words"))
    said = reasons.reason(nothing, None, "USD", is_random=True)
    assert said == "Drawn at random, to measure the effect. No recent failure, open case or comment."
    assert reasons.reason(nothing, None, "USD") == "No recent failure, open case or comment."
    likely = reasons.reason(nothing | {"p_leave_12m": 0.184}, None, "USD")
    assert likely == "Chance of leaving within 12 months: 18.4%. No recent failure, open case or comment."
